"""How many tests run at once: most wait for processes and sockets, so three for two cores."""

import os


def pytest_xdist_auto_num_workers():
    return max(2, 3 * (os.cpu_count() or 1) // 2)
