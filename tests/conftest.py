"""How many tests run at once: most wait for processes and sockets, so two for each core."""

import os


def pytest_xdist_auto_num_workers():
    return 2 * (os.cpu_count() or 1)
