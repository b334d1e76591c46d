"""Images in messages: which parts a backend may be given, and how a picture is read out of one.

A message's content is a text, or a list of parts in OpenAI's form: `{"type": "text", "text": ...}` and
`{"type": "image_url", "image_url": {"url": "data:image/png;base64,..."}}`. langchain-core's own image parts become the
latter on the way. A part that a backend cannot read is refused before anything is sent or computed, so that no answer
is given about a picture that the model never saw. Engines in this process take `data:` URLs only; nothing is fetched.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage, convert_to_openai_messages

from affectgraph.backends.errors import CapabilityError, InputError

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["IMAGE_TOKENS", "check_parts", "checked_turns", "data_url", "has_images", "images_in", "pictures"]

# Where nothing counts them: a picture of 1024 pixels a side costs 765 tokens at OpenAI, 1400 at Anthropic, 1340 in
# Qwen2-VL. Our rough figure.
IMAGE_TOKENS = 1000

_IMAGES = ("image_url", "image")
_KINDS = {"image_url": "image", "image": "image", "input_audio": "audio", "audio": "audio", "video": "video"}
_WAYS = {
    "image": 'give the role a backend that sees: kind "transformers" with task = "image-text" or "multimodal", '
    '"remote" with image = true, or "embedded" with mmproj',
    "audio": 'give the role a backend that hears: kind "transformers" with task = "multimodal" and a model that takes '
    'sound, such as Qwen2.5-Omni, or "remote" with audio = true',
    "video": 'give the role a backend that sees video: kind "transformers" with task = "multimodal" and a model that '
    "takes it, such as Qwen2.5-Omni, or send a few frames as images",
}


def check_parts(
    messages: Sequence[BaseMessage],
    label: str,
    *,
    image: bool,
    audio: bool = False,
    video: bool = False,
    others: bool = False,
    way: str | None = None,
) -> None:
    """Refuse a conversation that holds what a backend cannot read.

    Args:
        messages: the conversation.
        label: the backend's name in the settings.
        image: whether it reads images.
        audio: whether it reads sound.
        video: whether it reads video.
        others: leave parts of types that are not known here to the other side, which knows what it reads.
        way: what to do about an image; None: name the backends that see.

    Raises:
        CapabilityError: a message holds such a part; names its type, the backend and the way out.
        InputError: an image part is empty.
    """
    reads = {"image": image, "audio": audio, "video": video}
    for part in _parts(messages):
        given = str(part.get("type", "unknown"))
        if given == "image_url" and not part.get("image_url"):
            raise InputError("an image part holds no image_url; make one with `backends.media.as_data_url`")
        kind = _KINDS.get(given, "")
        if given == "text" or reads.get(kind, others):
            continue
        advice = _WAYS.get(kind, "") if way is None or kind != "image" else way
        raise CapabilityError(
            f"the backend {label!r} reads {_listed(reads)}, and a message holds a part of type {given!r}"
            + (f"; {advice}" if advice else "")
        )


def _listed(reads: Mapping[str, bool]) -> str:
    names = {"image": "images", "audio": "sound", "video": "video"}
    read = ["text", *(names[kind] for kind, can in reads.items() if can)]
    return f"{', '.join(read[:-1])} and {read[-1]}" if len(read) > 1 else "text only"


def checked_turns(messages: Sequence[BaseMessage], label: str, *, image: bool) -> list[dict[str, Any]]:
    """The conversation in OpenAI's form, for an engine that reads the images itself: each is known to be sound.

    Raises:
        CapabilityError, InputError: see `check_parts` and `pictures`.
    """
    check_parts(messages, label, image=image)
    turns: list[dict[str, Any]] = convert_to_openai_messages(list(messages))
    pictures(turns)
    return turns


def has_images(messages: Sequence[BaseMessage]) -> bool:
    """Whether any message holds an image."""
    return images_in(messages) > 0


def images_in(messages: Sequence[BaseMessage]) -> int:
    """How many images the messages hold."""
    return sum(part.get("type") in _IMAGES for part in _parts(messages))


def data_url(part: Mapping[str, Any]) -> str:
    """The URL of an image part in OpenAI's form.

    Raises:
        InputError: it is not a base64 `data:` URL of an image; an address is never fetched.
    """
    given = part.get("image_url")
    url = given.get("url") if isinstance(given, Mapping) else given
    head = url[:100].partition(",")[0].lower() if isinstance(url, str) else ""
    if isinstance(url, str) and head.startswith("data:image/") and head.endswith(";base64"):
        return url
    raise InputError(
        "an image part holds no data:image/...;base64 URL, and no address is fetched here; "
        "load the file and send it with `backends.media.as_data_url`"
    )


def pictures(turns: Iterable[Mapping[str, Any]]) -> list[tuple[bytes, Image.Image]]:
    """The images of a conversation in OpenAI's form, in order: the bytes of each file, and its pixels as plain RGB.

    Raises:
        InputError: an image part is no `data:` URL, or does not hold a sound PNG, JPEG, WebP or GIF of a sensible size.
    """
    from affectgraph.backends.media_files import MediaOptions
    from affectgraph.backends.media_images import decode

    options = MediaOptions()
    found = []
    for number, turn in enumerate(turns, 1):
        content = turn.get("content")
        for part in content if isinstance(content, list) else ():
            if part.get("type") != "image_url":
                continue
            name = f"the image in message {number}"
            data = _decoded(data_url(part), name)
            if len(data) > options.max_bytes:
                raise InputError(f"{name} has {len(data):,} bytes, over {options.max_bytes:,}: scale it down")
            found.append((data, decode(data, name, options).image))
    return found


def _decoded(url: str, name: str) -> bytes:
    try:
        return base64.b64decode(url.partition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{name} is not valid base64; send it with `backends.media.as_data_url`") from error


def _parts(messages: Sequence[BaseMessage]) -> Iterator[Mapping[str, Any]]:
    for message in messages:
        for part in message.content if isinstance(message.content, list) else ():
            if isinstance(part, Mapping):
                yield part
