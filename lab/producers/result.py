"""What the slices of a run come to, setting by setting, and what that says. Pure.

The settings take turns, so each round holds one slice of each under nearly the same conditions: they are compared round
by round, and what chance alone would do as well is not called a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import comb
from statistics import median

from lab.producers.models import SliceOf
from lab.producers.sender import Sent
from lab.producers.settings import Setting, named
from lab.producers.spread import Spread

CHANCE = 0.08  # how often two equal settings may look different: 5 of 5 rounds, 7 of 8, 12 of 16
ROUNDS = 5  # fewer could not be that sure
SMALL = 0.03  # of throughput: below it nobody would care
SMALL_MS = 0.3


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one setting. None: nothing was acknowledged, or librdkafka did not tell."""

    name: str
    setting: Setting
    rates: tuple[float, ...] = ()  # acknowledged records/s of each slice
    rate: float | None = None  # their median
    mb_s: float | None = None
    p50: float | None = None  # ms from produce() to the acknowledgement
    p95: float | None = None
    p99: float | None = None
    acked: int = 0
    failed: int = 0
    unanswered: int = 0  # neither acknowledged nor failed when their turn was over
    errors: dict[str, int] = field(default_factory=dict)
    requests_s: float | None = None
    retries: int = 0
    batch_records: float | None = None
    batch_fill: float | None = None  # share of batch.size, by the keys and values in a batch
    packed: float | None = None  # bytes of keys and values for one on the wire, requests' frames included
    cpu_us: float | None = None  # of processor time a record
    waited: int = 0


def outcomes(settings: Sequence[Setting], slices: Iterable[SliceOf]) -> list[Outcome]:
    of: list[list[Sent]] = [[] for _ in settings]
    for one in slices:
        of[one.setting].append(one.sent)
    return [
        _outcome(named(setting, [s for j, s in enumerate(settings) if j != i]), setting, of[i])
        for i, setting in enumerate(settings)
    ]


def _outcome(name: str, setting: Setting, sent: Sequence[Sent]) -> Outcome:
    if not sent:
        return Outcome(name, setting)
    spread, errors = Spread(), dict[str, int]()
    for one in sent:
        spread.merge(one.spread)
        for error, n in one.errors.items():
            errors[error] = errors.get(error, 0) + n
    seconds, acked = sum(s.seconds for s in sent), sum(s.acked for s in sent)
    payload, wire = sum(s.bytes for s in sent), sum(s.wire_bytes for s in sent)
    batches, batched = sum(s.batches for s in sent), sum(s.batched for s in sent)
    rates = tuple(s.acked / s.seconds for s in sent)
    return Outcome(
        name=name,
        setting=setting,
        rates=rates,
        rate=median(rates),
        mb_s=payload / seconds / 1e6,
        p50=spread.percentile(0.50),
        p95=spread.percentile(0.95),
        p99=spread.percentile(0.99),
        acked=acked,
        failed=sum(s.failed for s in sent),
        unanswered=sum(max(0, s.records - s.acked - s.failed) for s in sent),
        errors=errors,
        requests_s=sum(s.requests for s in sent) / seconds,
        retries=sum(s.retries for s in sent),
        batch_records=batched / batches if batches else None,
        batch_fill=batched / batches * payload / acked / setting.batch_size if batches and acked else None,
        packed=payload / wire if wire else None,
        cpu_us=sum(s.cpu for s in sent) / acked * 1e6 if acked else None,
        waited=sum(s.waited for s in sent),
    )


def verdicts(settings: Sequence[Setting], slices: Sequence[SliceOf]) -> list[str]:
    """A sentence for each setting but the first, which it is compared with."""
    found = outcomes(settings, slices)
    rounds: dict[int, dict[int, Sent]] = {}
    for one in slices:
        rounds.setdefault(one.round, {})[one.setting] = one.sent
    whole = [turn for turn in rounds.values() if len(turn) == len(settings)]
    said = []
    for i, outcome in enumerate(found[1:], 1):
        if len(whole) < ROUNDS:
            said.append(f"{outcome.name}: fewer than {ROUNDS} turns are too few to compare.")
        else:
            said.append(_compared(outcome, found[0], [(turn[0], turn[i]) for turn in whole]))
    said += [_short(outcome) for outcome in found if not _reached(outcome)]
    return said + [_failed(outcome) for outcome in found if outcome.failed]


def _compared(outcome: Outcome, base: Outcome, pairs: Sequence[tuple[Sent, Sent]]) -> str:
    name, other = outcome.name, base.name
    if not outcome.acked or not base.acked:
        silent = name if not outcome.acked else other
        return f"Nothing of {silent} was acknowledged, so there is nothing to compare."
    factor = _sure([b.acked / b.seconds / (a.acked / a.seconds) if a.acked else None for a, b in pairs], 1.0)
    later = _sure([_less(_p99(b), _p99(a)) for a, b in pairs], 0.0)
    limited = all(one.setting.rate and _reached(one) for one in (outcome, base))
    faster = None if limited or factor is None or abs(factor - 1) < SMALL else factor
    slower = None if later is None or abs(later) < SMALL_MS else later
    if faster is None and slower is None:
        return f"{name} and {other}: no difference that this run can show."
    if faster is None:
        return f"{name} {'adds' if slower and slower > 0 else 'saves'} {_ms(slower)} of p99 against {other} here."
    gain = _gain(faster)
    if slower is None:
        return f"{name} {gain} against {other} here; p99 is much the same."
    tail = f"{_ms(slower)} {'more' if slower > 0 else 'less'} p99"
    costs = faster < 1
    link = "but has" if costs and slower < 0 else "for" if slower > 0 and not costs else "and"
    return f"{name} {gain} {link} {tail} against {other} here."


def _reached(outcome: Outcome) -> bool:
    """Whether as many were acknowledged as were asked for; who was asked for no rate, or is not known, reached it."""
    return outcome.rate is None or outcome.rate >= outcome.setting.rate * (1 - SMALL)


def _short(outcome: Outcome) -> str:
    return (
        f"{outcome.name} reached {outcome.rate or 0:,.0f} of the {outcome.setting.rate:,} records/s it was asked for."
    )


def _sure(values: Sequence[float | None], neutral: float) -> float | None:
    """Their median, when so many rounds lie on its side of `neutral` that it is hardly chance (the sign test)."""
    known = [value for value in values if value is not None]
    if len(known) < ROUNDS:
        return None
    middle = median(known)
    return (
        middle
        if _by_chance(sum(value > neutral for value in known), sum(value < neutral for value in known)) <= CHANCE
        else None
    )


def _by_chance(above: int, below: int) -> float:
    """How likely so uneven a split is of coins that are thrown, to either side. What is equal says nothing."""
    n = above + below
    return min(1.0, 2 * sum(comb(n, k) for k in range(min(above, below) + 1)) / (1 << n))


def _gain(factor: float) -> str:
    if factor >= 2:
        return f"gives {factor:.1f} times the throughput"
    if factor >= 1:
        return f"gives {factor - 1:.0%} more throughput"
    return f"costs {1 - factor:.0%} throughput"


def _ms(value: float | None) -> str:
    size = abs(value or 0.0)
    return f"{size:.1f} ms" if size < 10 else f"{size:,.0f} ms"


def _p99(sent: Sent) -> float | None:
    return Spread(sent.spread).percentile(0.99)


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _failed(outcome: Outcome) -> str:
    words = ((error.strip("_").lower().replace("_", " "), n) for error, n in sorted(outcome.errors.items()))
    why = ", ".join(f"{error} ({n:,})" for error, n in words)
    return f"{outcome.failed:,} records of {outcome.name} were not acknowledged: {why}."
