"""The main job of the demo: drives the campus with the learners of a data set and checks the totals it reports."""
