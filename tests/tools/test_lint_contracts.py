"""Every step runs, whatever the others found; what fails is said on stderr."""

import pytest

ACTIVITY = "protos/campus/api/activity/v1/activity.proto"


@pytest.mark.timeout(240)
def test_every_step_runs_and_each_failure_is_told_with_its_mend(copy, run, git):
    text = (copy / ACTIVITY).read_text()
    access = '      access: {scopes: "activity.write"}\n'
    comment = "  // One session. NOT_FOUND where the id is unknown.\n"
    assert access in text
    assert comment in text
    (copy / ACTIVITY).write_text(text.replace(access, "", 1).replace(comment, "") + "\n\n")

    done = run("lint_contracts.py")
    assert done.returncode == 1
    passed = [line.partition(":")[0] for line in done.stdout.splitlines() if ": ok (" in line]
    failed = [line.partition(":")[0] for line in done.stderr.splitlines() if ": FAILED (" in line]
    assert passed == ["buf breaking"]
    assert failed == ["buf lint", "buf format", "generated code", "contract check"]
    assert "mend: buf format -w" in done.stderr
    assert "mend: make generate" in done.stderr
    assert "ActivityService/PauseSession: no access is stated; add `access: ...`" in done.stderr
