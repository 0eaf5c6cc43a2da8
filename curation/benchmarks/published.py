"""What the Skywork-Reward-V2 paper (Liu et al. 2025, arXiv 2507.01352) reports, to hold one's own figures against."""

TITLES = {
    "rewardbench": "RewardBench",
    "rewardbench2": "RewardBench 2",
    "ppe-preference": "PPE Preference",
    "ppe-correctness": "PPE Correctness",
    "rmb": "RMB",
    "rm-bench": "RM-Bench",
    "judgebench": "JudgeBench",
}
TABLE: dict[str, tuple[float, ...]] = {
    "Skywork-Reward-V2-Qwen3-0.6B": (85.2, 61.3, 65.3, 68.3, 74.5, 74.4, 67.6),
    "Skywork-Reward-V2-Qwen3-8B": (93.7, 78.2, 70.6, 75.1, 81.2, 82.6, 73.4),
    "Skywork-Reward-V2-Llama-3.1-8B": (96.4, 84.1, 77.3, 83.4, 86.4, 92.8, 80.0),
    "Skywork-Reward-V2-Llama-3.1-8B-40M": (97.8, 86.5, 79.8, 87.2, 89.3, 96.0, 83.4),
}
USES_MEAN = frozenset({"judgebench"})
"""Where the table has the mean of the categories, not the official total."""


def reference() -> dict[str, dict[str, float]]:
    """What each published model has on each benchmark."""
    return {model: dict(zip(TITLES, values, strict=True)) for model, values in TABLE.items()}
