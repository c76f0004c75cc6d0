"""Records that are held compressed."""

import pytest

from harness.records import PackedList, Packing, TrialKey

TEXTS = [b'{"digest":"%064x","prompt":"a red fox, %d"}' % (number**9, number) for number in range(1, 50)]


def test_every_text_comes_back_byte_for_byte_in_any_order() -> None:
    packing = Packing()
    packed = [packing.pack(text) for text in (*TEXTS, b"", b"unlike the others \xff\x00" * 9000)]
    assert [packing.unpack(one) for one in reversed(packed[: len(TEXTS)])] == TEXTS[::-1]
    assert [packing.unpack(one) for one in packed[-2:]] == [b"", b"unlike the others \xff\x00" * 9000]


def test_what_is_like_the_first_gets_small() -> None:
    packing = Packing()
    packed = [packing.pack(text) for text in TEXTS]
    assert sum(map(len, packed)) * 2 < sum(map(len, TEXTS))


def test_a_list_gives_equal_records_each_time() -> None:
    keys = [TrialKey("many", f"case{number}", seed=number or None) for number in range(9)]
    held = PackedList(TrialKey)
    for key in keys:
        held.append(key)
    assert list(held) == list(held) == keys
    assert (len(held), held[3], held[-1], held[2:4]) == (9, keys[3], keys[-1], keys[2:4])
    with pytest.raises(IndexError):
        held[9]


def test_an_empty_list_is_empty() -> None:
    assert not PackedList(TrialKey)
    assert list(PackedList(TrialKey)) == []


def test_keys_that_share_their_texts_are_equal_to_the_others() -> None:
    keys = [TrialKey("many", "".join(("ca", "se")), seed=7).shared() for _ in range(2)]
    assert keys == [TrialKey("many", "case", seed=7)] * 2
    assert keys[0].case is keys[1].case
