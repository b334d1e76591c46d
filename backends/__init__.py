"""One contract for every chat model (`base`), four kinds of backend, and their weights, usage and errors.

Import from the modules; nothing is imported here, so that asking for one backend never loads the engine of another.
"""

import os

# From 1.29 on, onnxruntime's packages report to their maker from Linux and macOS too, and keep an identifier of the
# machine on disk. What is set when the library is loaded holds for the process, so it has to be set before anything
# loads it, this package's modules or others (Chroma). Nothing leaves this machine unasked; "0" set by hand stays.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
