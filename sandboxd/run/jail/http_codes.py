"""Status codes by name: http.codes.NOT_FOUND == 404."""

import enum
from http import HTTPStatus


def _member(self_type, number, phrase):
    member = int.__new__(self_type, number)
    member._value_ = number
    member.phrase = phrase
    return member


class _Codes(enum.IntEnum):
    """Base: what can be asked about a status."""

    def __new__(cls, number, phrase=""):
        return _member(cls, number, phrase)

    @classmethod
    def get_reason_phrase(cls, value):
        try:
            return cls(value).phrase
        except ValueError:
            return ""

    @classmethod
    def is_informational(cls, value):
        return 100 <= value <= 199

    @classmethod
    def is_success(cls, value):
        return 200 <= value <= 299

    @classmethod
    def is_redirect(cls, value):
        return 300 <= value <= 399

    @classmethod
    def is_client_error(cls, value):
        return 400 <= value <= 499

    @classmethod
    def is_server_error(cls, value):
        return 500 <= value <= 599

    @classmethod
    def is_error(cls, value):
        return 400 <= value <= 599

    def __str__(self):
        return str(self.value)


codes = _Codes("codes", [(s.name, (int(s), s.phrase)) for s in HTTPStatus])
