"""`affectgraph chase profile`: which heads of a model to steer, and whether they beat random ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from rich.console import Console
from rich.table import Table
from rich.text import Text

from affectgraph.agents.chasing import Session, Wanted, opened, told_missing
from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES, Modality
from affectgraph.tools.chase.gate import Gate, Preset
from affectgraph.tools.chase.plan import Target, target_for
from affectgraph.tools.chase.profiles import (
    HeadMethod,
    HeadProfile,
    Trial,
    load_profiles,
    profiles_path,
    save_profiles,
)
from affectgraph.tools.link_parts import Figure

if TYPE_CHECKING:
    from affectgraph.evals.chase.asking import Clip
    from affectgraph.evals.chase.selecting import Checked

__all__ = ["Chosen", "cell", "make_profile"]

_TARGETS = ("uniform", *MODALITIES)
_KINDS = ("all", "conflict", "align")
_UNITS = {
    "dominance": "largest less smallest budget, mean over clips",
    "supervised": "|2 AUROC - 1| of dominance for conflict",
    "causal": "gain in log-probability of the reference, nats",
}


@dataclass(frozen=True)
class Chosen:
    """How heads are chosen and checked; the fields are the options of the command."""

    method: str
    target: str = "uniform"
    strength: float = 0.6
    only: str = "all"
    k: int = 4
    start: float = 12 / 28
    stop: float = 1.0
    check: bool = True

    def checked(self) -> Chosen:
        """Itself, where its words are known.

        Raises:
            InputError: one is not.
        """
        words = (("method", self.method, get_args(HeadMethod)), ("target", self.target, _TARGETS))
        for name, value, known in (*words, ("only", self.only, _KINDS)):
            if value not in known:
                raise InputError(f"--{name} {value!r}: expected one of {', '.join(known)}")
        if self.start >= self.stop:
            raise InputError(f"--start {self.start:g} is not before --stop {self.stop:g}: no layer would be steered")
        if self.strength == 0.0 and (self.check or self.method == "causal"):
            raise InputError("--strength 0 moves nothing; give one above 0")
        return self

    def preset(self) -> Preset:
        """Heads a layer, and which layers; the gate is always open here."""
        return Preset(gate=Gate(eta=self.strength, tau=0.0), k=self.k, start=self.start, stop=self.stop)


def make_profile(
    wanted: Wanted, chosen: Chosen, *, out: Path | None = None, png: Path | None = None, as_json: bool = False
) -> None:
    """Score heads, check the best, keep the profile, and show both.

    Args:
        wanted: the model and the clips.
        chosen: how.
        out: file to keep the profile in.
        png: paint the scores.
        as_json: print JSON and nothing else.

    Raises:
        AffectgraphError: see `chasing.opened`; what was answered is kept.
        ChaseFileError: the file of profiles is damaged or cannot be written.
    """
    chosen.checked()
    with opened(wanted) as session:
        path = out or profiles_path(session.settings.data_dir)
        load_profiles(path)  # a damaged file is told before hours of asking
        clips = _fitting(session, chosen)
        profile, checked = _measured(session, clips, chosen)
        note = told_missing(clips)
    save_profiles(load_profiles(path).with_entry(profile), path)
    if png is not None:
        from affectgraph.agents.chase_plot import paint_heads

        paint_heads(profile, chosen.preset(), _UNITS[profile.method], png)
    _show(profile, checked, chosen, path, note, as_json)


def _fitting(session: Session, chosen: Chosen) -> list[Clip]:
    """The clips that are chosen on: those of the kind asked for that have the modality moved toward."""
    clips = session.clips
    if chosen.only != "all":
        clips = [clip for clip in clips if session.asker.relation(clip) == chosen.only]
    if chosen.target in MODALITIES:
        clips = [clip for clip in clips if chosen.target in clip.present]
    if not clips:
        raise InputError(
            f"no clip of {session.dataset.name} fits --only {chosen.only} and --target {chosen.target}; where the set "
            "does not say what each modality says alone, its conflicts are unknown"
        )
    return clips


def _measured(session: Session, clips: list[Clip], chosen: Chosen) -> tuple[HeadProfile, Checked | None]:
    from affectgraph.evals.chase.selecting import check_heads, score_heads, split_sources

    fit, rest = split_sources(clips, session.wanted.seed) if chosen.check else (clips, [])
    target = _target(chosen.target)
    method: HeadMethod = chosen.method  # type: ignore[assignment]  # checked
    tell = session.step("heads") if method == "causal" else lambda done, of: None
    profile = score_heads(
        session.asker,
        fit,
        identity=session.backend.identity,
        method=method,
        preset=chosen.preset(),
        trial=Trial(strength=chosen.strength, target=target) if method == "causal" else None,
        selected_on=session.selected_on(fit),
        each=session.each,
        tell=tell,
    )
    if not chosen.check:
        return profile, None
    checked = check_heads(
        session.asker,
        rest,
        profile,
        preset=chosen.preset(),
        strength=chosen.strength,
        target=target,
        each=session.each,
        seed=session.wanted.seed,
    )
    return profile, checked


def _target(name: str) -> dict[Modality, float] | None:
    """u over all modalities (a prompt's own are renormalised); None for uniform."""
    known: Target = name  # type: ignore[assignment]  # checked
    return None if known == "uniform" else target_for(known, MODALITIES)


def _show(profile: HeadProfile, checked: Checked | None, chosen: Chosen, path: Path, note: str, as_json: bool) -> None:
    console, preset = Console(), chosen.preset()
    best = profile.top(preset.k, preset.layers(profile.layers))
    if as_json:
        found: dict[str, Any] = {"profile": profile.model_dump(mode="json"), "best": [list(place) for place in best]}
        found["check"] = None if checked is None else _as_json(checked)
        console.print_json(json.dumps({**found, "file": str(path)}))
        return
    on = profile.selected_on
    about = f"{on.name} ({on.split}) · {on.n} clips of {on.sources} sources, {profile.modalities}{note}"
    console.print(Text(f"{about} · {profile.identity}", style="bold"), soft_wrap=True)
    console.print(Text(f"{profile.method}: {_UNITS[profile.method]}", style="dim"), soft_wrap=True)
    table = Table("layer", "best heads (score)", box=None, header_style="bold", padding=(0, 3, 0, 0))
    scores = profile.array()
    for layer in preset.layers(profile.layers):
        heads = [head for place, head in best if place == layer]
        told = ", ".join(
            f"{head} ({scores[layer, head]:.3g})" for head in sorted(heads, key=lambda h: -scores[layer, h])
        )
        table.add_row(str(layer), told or "none gains")
    console.print(table)
    console.print(Text(_told(checked, chosen), style="dim" if checked is None else ""), soft_wrap=True)
    console.print(Text(f"Kept in {path}, for this model at this revision."), soft_wrap=True)


def _as_json(checked: Checked) -> dict[str, Any]:
    figures = {**checked.gains, "chosen over random": checked.over_random}
    gains = {name: figure.model_dump(mode="json") for name, figure in figures.items()}
    return {"gains": gains, "accuracy": checked.accuracy, "draws": checked.draws}


def _told(checked: Checked | None, chosen: Chosen) -> str:
    if checked is None:
        return "Not checked." if not chosen.check else "Not checked: no head gains, or there are fewer than 5 sources."
    accuracy = ", ".join(f"{name} {share:.1%}" for name, share in checked.accuracy.items())
    figures = checked.gains
    lines = [
        f"Clips of other sources ({figures['chosen'].n} of {figures['chosen'].groups}), moved {chosen.strength:g} of "
        f"the way toward {chosen.target}: the reference gains (nats, 95 % intervals over sources)",
        *(f"  {name:<20}{cell(figure, '+.3f')}" for name, figure in figures.items()),
        f"  {'chosen over random':<20}{cell(checked.over_random, '+.3f')}",
        f"Accuracy: {accuracy} (random: mean of {checked.draws} draws).",
    ]
    low = checked.over_random.low
    if low is None or low <= 0.0:
        lines.append("The chosen heads are not shown to beat random ones.")
    return "\n".join(lines)


def cell(figure: Figure, form: str = ".3f") -> str:
    """A figure with its interval, for a table."""
    ends = "" if figure.low is None or figure.high is None else f" {figure.low:{form}}..{figure.high:{form}}"
    return f"{figure.value:{form}}{ends}"
