"""A reader with a bug planted some conditions deep: chance alone does not find it in the time that the fuzzer has."""


def read(data: bytes) -> int:
    """The number of fields of a record; a record with one very odd field makes it fail."""
    fields = data.split(b";")
    if len(fields) < 3 or len(fields[1]) < 3:
        return len(fields)
    if fields[1][:1] != b"<":
        return 1
    if fields[1][1:2] != b"&":
        return 2
    raise KeyError(fields[1])
