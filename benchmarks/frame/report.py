"""Samples into what is printed and what is written."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from contestants import BARE
from rich.table import Table

from frame.figures import Ratio, paired, percentile
from frame.rounds import IN_FLIGHT, Samples

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLES = {
    "bare": "(a) bare grpc.aio",
    "trunkline_10": "(b) Trunkline, 10 % sampled",
    "trunkline_100": "(b) Trunkline, 100 % sampled",
    "by_hand": "(c) by hand, 100 % sampled",
}
FOOTPRINT_TITLES = {
    "import_s": "import trunkline, s",
    "help_s": "trunkline --help, s",
    "idle_rss_mb": "idle component, resident MB",
}
# Figures that may be at most so much, and the one that must be at least so much.
CPU_GOALS = {"trunkline_10": 1.25, "trunkline_100": 1.4}
FOOTPRINT_GOALS = {"import_s": 0.3, "help_s": 0.5, "idle_rss_mb": 90.0}
BY_HAND_GOAL = 2.0


def figures(samples: Mapping[str, Samples]) -> dict[str, dict[str, float]]:
    """Return each figure of each contestant: medians of the rounds, percentiles of all serial calls."""
    return {
        "cpu_us": {name: statistics.median(one.cpu_us) for name, one in samples.items()},
        "calls_per_second": {name: statistics.median(one.calls_per_second) for name, one in samples.items()},
        "p50_us": {name: percentile(one.latencies_us, 0.5) for name, one in samples.items()},
        "p99_us": {name: percentile(one.latencies_us, 0.99) for name, one in samples.items()},
    }


def ratios(samples: Mapping[str, Samples]) -> dict[str, dict[str, Ratio]]:
    """Compare every contestant with the bare one, round by round; p99, which needs the calls of all, once."""
    bare = samples[BARE]
    p99 = {name: percentile(one.latencies_us, 0.99) for name, one in samples.items()}
    return {
        "cpu_us": {name: paired(one.cpu_us, bare.cpu_us) for name, one in samples.items()},
        "calls_per_second": {
            name: paired(one.calls_per_second, bare.calls_per_second) for name, one in samples.items()
        },
        "p50_us": {name: paired(one.p50_us, bare.p50_us) for name, one in samples.items()},
        "p99_us": {name: Ratio(value / p99[BARE], 0.0) for name, value in p99.items()},
    }


def by_hand_to_ours(samples: Mapping[str, Samples]) -> dict[str, Ratio]:
    """Compare the CPU of what is assembled by hand with ours, at each sampling."""
    by_hand = samples["by_hand"].cpu_us
    return {name: paired(by_hand, samples[name].cpu_us) for name in ("trunkline_10", "trunkline_100")}


def as_json(
    samples: Mapping[str, Samples], footprint: Mapping[str, float], machine: Mapping[str, object]
) -> dict[str, Any]:
    """Return all figures as JSON holds them."""
    rounded = {key: {name: round(value, 1) for name, value in row.items()} for key, row in figures(samples).items()}
    compared = {key: {name: round(r.value, 3) for name, r in row.items()} for key, row in ratios(samples).items()}
    compared["by_hand_to_ours"] = {name: round(r.value, 3) for name, r in by_hand_to_ours(samples).items()}
    sides = {
        name: {
            "client_us": round(statistics.median(one.client_us), 1),
            "server_us": round(statistics.median(one.server_us), 1),
        }
        for name, one in samples.items()
    }
    return {
        **rounded,
        "ratios": compared,
        "footprint": {name: round(value, 3) for name, value in footprint.items()},
        "machine": {**machine, "rounds": len(samples[BARE].cpu_us)},
        "sides": sides,
    }


def call_table(samples: Mapping[str, Samples]) -> Table:
    """Lay out the calls: each figure beside its ratio to the bare call."""
    table = Table(title="One unary call, medians; x is the ratio to (a)")
    table.add_column("")
    for title in ("client CPU us", "server CPU us", "CPU us", "x", f"calls/s, {IN_FLIGHT} in flight", "x"):
        table.add_column(title, justify="right")
    for title in ("serial p50 us", "x", "p99 us", "x"):
        table.add_column(title, justify="right")
    values, compared = figures(samples), ratios(samples)
    for name, one in samples.items():
        table.add_row(
            TITLES[name],
            f"{statistics.median(one.client_us):.0f}",
            f"{statistics.median(one.server_us):.0f}",
            f"{values['cpu_us'][name]:.0f}",
            str(compared["cpu_us"][name]),
            f"{values['calls_per_second'][name]:.0f}",
            f"{compared['calls_per_second'][name].value:.2f}",
            f"{values['p50_us'][name]:.0f}",
            f"{compared['p50_us'][name].value:.2f}",
            f"{values['p99_us'][name]:.0f}",
            f"{compared['p99_us'][name].value:.2f}",
        )
    return table


def goal_table(samples: Mapping[str, Samples], footprint: Mapping[str, float]) -> Table:
    """Lay out what was promised beside what was measured."""
    table = Table(title="Goals")
    table.add_column("")
    for title in ("measured", "goal", "met"):
        table.add_column(title, justify="right")
    cpu = ratios(samples)["cpu_us"]
    at_most = {f"CPU of {TITLES[name]} to (a)": (cpu[name].value, goal) for name, goal in CPU_GOALS.items()}
    at_most |= {FOOTPRINT_TITLES[name]: (footprint[name], goal) for name, goal in FOOTPRINT_GOALS.items()}
    for what, (value, goal) in at_most.items():
        table.add_row(what, f"{value:.2f}", f"<= {goal:g}", "yes" if value <= goal else "no")
    table.add_row("from trunkline import Mesh, s", f"{footprint['import_mesh_s']:.2f}", "", "")
    for name, ratio in by_hand_to_ours(samples).items():
        met = "yes" if ratio.value >= BY_HAND_GOAL else "no"
        table.add_row(f"CPU of (c) to {TITLES[name]}", f"{ratio.value:.2f}", f">= {BY_HAND_GOAL:g}", met)
    return table
