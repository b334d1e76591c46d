"""What is said of a perceived clip, in the same words in the terminal and on the page."""

from __future__ import annotations

from affectgraph.backends.steering import Modality
from affectgraph.graphs.perceive_types import PerceiveOutput, Steering
from affectgraph.tools.experts.readings import ModalityReading

__all__ = ["CLASSES", "NAMES", "cautions", "compared", "decided_by", "moved", "reading_of", "why_missing"]

NAMES: dict[Modality, str] = {"text": "words", "audio": "voice", "video": "face"}
# EmoMM's five classes, spelled out.
CLASSES = {
    "N": "negative",
    "WN": "slightly negative",
    "Neu": "neutral",
    "WP": "slightly positive",
    "P": "positive",
}
_KINDS = {
    "polarity": "The modalities are in conflict: they differ in sign.",
    "intensity": "The modalities agree in sign and differ in strength.",
    "none": "The modalities agree.",
    "undecided": "Too little can be read for a comparison.",
}
_BY = {
    "experts": "the unimodal experts, weighted by how far each can be trusted",
    "plain": "the multimodal model, unsteered",
    "steer": "the multimodal model under CHASE",
}
_TRIGGERS = {
    "under-use": "that the model leaves evidence unused, by its router",
    "conflict": "of a conflict, by the model's router",
    "readings": "that two readings differ in sign",
    "always": "set by hand (a control)",
}
_REASONS = {
    "no_stream": "there is no such track",
    "empty": "the track is empty",
    "silent": "the track is silent",
    "black": "the picture is black",
    "blank": "the picture shows one colour only",
    "undecodable": "the track cannot be decoded",
}


def why_missing(reading: ModalityReading) -> str:
    """Why there is no reading, for a person."""
    reason = reading.missing or ""
    return _REASONS.get(reason, reason)


def reading_of(reading: ModalityReading) -> str:
    """What one expert says, in a phrase."""
    if reading.missing is not None:
        return f"missing: {why_missing(reading)}"
    parts = []
    if reading.sentiment:
        parts.append(CLASSES[reading.sentiment.top])
    if reading.emotions:
        parts.append(f"mostly {reading.emotions.top}")
    if reading.arousal is not None:
        parts.append(f"arousal {reading.arousal:.1f} of 9")
    return ", ".join(parts)


def compared(output: PerceiveOutput) -> str:
    """What the comparison of the readings found."""
    found = output.conflict
    parts = [_KINDS[found.kind]]
    if found.odd:
        parts.append(f"The {NAMES[found.odd]} {'are' if found.odd == 'text' else 'is'} the odd one out.")
    if found.distance is not None:
        parts.append(f"Largest Jensen-Shannon distance {found.distance:.2f}.")
    if found.ignored:
        parts.append(f"Too unreliable to compare: {', '.join(NAMES[one] for one in found.ignored)}.")
    return " ".join(parts)


def moved(steering: Steering) -> str:
    """What CHASE did, or why it did nothing."""
    gate = f"probability {steering.probability:.2f} {_TRIGGERS[steering.rests_on]}"
    if steering.unsteered:
        return f"Nothing was moved ({steering.unsteered}); {gate}."
    layers = sorted({layer for layer, _ in steering.heads})
    where = f"layers {layers[0]} to {layers[-1]}" if len(layers) > 1 else f"layer {layers[0]}"
    return (
        f"{len(steering.heads)} heads of {where} (chosen by {steering.chosen_by}) moved with strength "
        f"{steering.strength:.2f}; {gate}."
    )


def decided_by(output: PerceiveOutput) -> str:
    """Who decided."""
    return _BY[output.decision.by]


def cautions(output: PerceiveOutput) -> list[str]:
    """What a reader must know of how the result came about."""
    found = []
    if output.said_from == "transcribed":
        found.append("The words were transcribed by a machine; a mishearing changes what is read from them.")
    if output.readings["audio"].missing is None:
        found.append("The voice is read by a heuristic over prosody: it tells arousal, roughly, and no valence.")
    if output.decision.by == "experts":
        found.append("No model saw and heard the clip as a whole; separate readings were pooled.")
    if output.notice:
        found.append(output.notice)
    return found
