"""What one line of the table is."""

from dataclasses import dataclass


@dataclass
class Measure:
    """One line of the table. ``kind`` says whether the value has to be at least or at most the bound."""

    measure: str
    value: float
    bound: float
    kind: str
    ok: bool = False

    def __post_init__(self) -> None:
        self.value = round(self.value, 3)
        self.ok = self.value >= self.bound if self.kind == "at_least" else self.value <= self.bound
