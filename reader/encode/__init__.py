"""JSON that a person wrote as the bytes of a schema: the inverse of `reader.decode`. Pure; total but for Unfit."""


class Unfit(Exception):
    """`str()` goes on after a name: "the value" + " does not fit ...: amount: a number is expected"."""
