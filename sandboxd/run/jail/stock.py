"""What is loaded before anything of ours: the library, for every tool.

Most calls touch little of it.  What comes after it is what every call
touches, and lies together (run/memory.h).
"""

import sys

# Kept out of the jail.  OpenSSL sees a fork only by its pid, and every child
# is pid 1 of its own namespace: two calls would draw the same random bytes.
# Before anything is imported that would load them.
BARRED = ("_ssl", "_hashlib")
for _name in BARRED:
    sys.modules[_name] = None

import importlib  # noqa: E402

from . import policy  # noqa: E402

# Loaded so that hostile tests can make raw system calls.
RAW = (
    "ctypes ctypes.util mmap socket signal resource fcntl select subprocess "
    "multiprocessing.shared_memory threading errno struct tempfile"
).split()
# Used by the approved modules, or by ordinary code, and loaded lazily.
LAZY = (
    "_strptime locale encodings.idna encodings.latin_1 encodings.ascii "
    "encodings.utf_16 encodings.utf_32 encodings.cp1252 stringprep "
    "_pydecimal linecache tokenize traceback warnings copyreg queue "
    "concurrent.futures.thread _zoneinfo _uuid zoneinfo._common "
    "importlib.resources xml.etree.ElementPath xml.etree.cElementTree "
    "pyexpat _csv _elementtree unicodedata bz2 lzma threading"
).split()


# What our own code uses in each call, before what it does not.
FIRST = "json random inspect types datetime".split()


def _import(names):
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            pass


def load(enforce):
    """Once, in the root zygote."""
    _import(FIRST)
    _import(sorted(policy.MODULES))
    _import(LAZY)
    if not enforce:
        _import(RAW)
