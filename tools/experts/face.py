"""What the face of a person in a clip shows: faces found in sampled frames, each read by the small network.

The largest face of a frame is taken for the person. Frames are averaged with the size of their face as weight, up to
the 64 pixels that the network sees; the detector gives no confidence of its own. A face shows what others see, which
may be a politeness; and the network was trained on posed and searched-for pictures (see `tools.expressions`).

Reliability (our choice) is the product of `WORTH`, n / (n + 1) for n frames with a face, how far the frames agree (one
minus their mean Jensen-Shannon distance from the average), and how sharp the average is over the three signs.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from affectgraph.backends.scoring import Distribution
from affectgraph.tools.conflict import js_distance
from affectgraph.tools.experts.readings import ModalityReading, sharpness, valence_of
from affectgraph.tools.expressions import WITHOUT, expression, installed
from affectgraph.tools.faces import cut, face_boxes
from affectgraph.tools.sentiment import from_emotions, signs

__all__ = ["MOST_FRAMES", "WORTH", "read_face"]

# The accuracy that the network's authors report on FER-2013 (arXiv 1710.07557).
WORTH = 0.66
# Looking for faces takes about a third of a second a frame, and neighbouring frames say the same; our choice.
MOST_FRAMES = 12
_SEEN = 64


def read_face(frames: Sequence[Image.Image], *, most: int = MOST_FRAMES) -> ModalityReading:
    """What the faces in frames of a clip, or in one picture, show.

    Args:
        frames: RGB, upright, in the order of time.
        most: how many are looked at, evenly spaced, at least 1.

    Raises:
        BackendError: the installed network is not the pinned one.
    """
    if not installed():
        return ModalityReading.none("video", f"no expression expert installed: {WITHOUT.partition(': ')[2]}")
    if not frames:
        return ModalityReading.none("video", "no frames")
    looked = _spread(frames, most)
    found = [one for one in map(_largest, looked) if one is not None]
    if not found:
        return ModalityReading.none("video", f"no face found in {len(looked)} frame{'s' if len(looked) > 1 else ''}")
    emotions = _averaged(found)
    sentiment = from_emotions(emotions)
    agreement = 1.0 - sum(js_distance(shown, emotions) for _, shown in found) / len(found)
    return ModalityReading(
        modality="video",
        sentiment=sentiment,
        emotions=emotions,
        valence=valence_of(sentiment),
        reliability=WORTH * len(found) / (len(found) + 1) * agreement * sharpness(signs(sentiment)),
        basis=f"faces in {len(found)} of {len(looked)} frames, by a small network trained on FER-2013",
        measured={"frames": len(looked), "faces": len(found), "agreement": agreement},
    )


def _spread(frames: Sequence[Image.Image], most: int) -> list[Image.Image]:
    if len(frames) <= most:
        return list(frames)
    return [frames[(2 * place + 1) * len(frames) // (2 * most)] for place in range(most)]


def _largest(frame: Image.Image) -> tuple[float, Distribution] | None:
    """Weight and expression of the largest face; None where there is none."""
    boxes = face_boxes(frame)
    if not boxes:
        return None
    face = cut(frame, boxes[0])
    shares = expression(face)
    if shares is None:  # uninstalled meanwhile
        return None
    total = sum(shares.values())  # of 32-bit numbers
    shown = Distribution(
        probabilities={label: share / total for label, share in shares.items()}, calibration="face-network"
    )
    return min(1.0, min(face.size) / _SEEN), shown


def _averaged(found: Sequence[tuple[float, Distribution]]) -> Distribution:
    total = sum(weight for weight, _ in found)
    shares = {
        label: sum(weight * shown.probabilities[label] for weight, shown in found) / total
        for label in found[0][1].probabilities
    }
    return Distribution(probabilities=shares, calibration="face-network")
