import json
from pathlib import Path

import pytest
from hummingbot.connector.exchange.backpack.backpack_order_ids import (
    COUNTER_SPAN,
    MAX_INSTANCE,
    OrderIdSpace,
    instance_of,
    shared_order_ids,
    wire_id,
)
from hypothesis import given
from hypothesis import strategies as st


def at(path: Path, instance: int, position: int) -> OrderIdSpace:
    path.write_text(json.dumps({"instance": instance, "next": position}))
    return OrderIdSpace(path)


def test_or01_ids_are_uint32_on_the_wire_and_never_repeat(tmp_path: Path) -> None:
    space = OrderIdSpace(tmp_path / "ids.json", instance=MAX_INSTANCE)
    ids = [space.new_id() for _ in range(2000)]
    wires = {wire_id(order_id) for order_id in ids}
    assert len(set(ids)) == len(wires) == 2000
    assert all(0 <= wire < 2**32 and instance_of(wire) == MAX_INSTANCE for wire in wires)


def test_or01_restart_goes_on_behind_everything_given_out(tmp_path: Path) -> None:
    path = tmp_path / "ids.json"
    first = [OrderIdSpace(path, instance=3).new_id() for _ in range(3)]
    assert len(set(first)) == 3


def test_or01_connectors_of_a_process_share_one_space(tmp_path: Path) -> None:
    spaces = [shared_order_ids(tmp_path / "ids.json", 5, lambda wire: False) for _ in range(2)]
    ids = [spaces[number % 2].new_id() for number in range(1000)]
    assert len(set(ids)) == 1000


def test_or01_two_bots_on_one_account_never_meet(tmp_path: Path) -> None:
    spaces = [OrderIdSpace(tmp_path / f"{instance}.json", instance=instance) for instance in (7, 8)]
    wires = [{wire_id(space.new_id()) for _ in range(1000)} for space in spaces]
    assert not wires[0] & wires[1]


@given(position=st.integers(1, 10 * COUNTER_SPAN), instance=st.integers(0, MAX_INSTANCE), back=st.integers(1, 1000))
def test_or01_either_id_is_computed_from_the_other(
    tmp_path_factory: pytest.TempPathFactory, position: int, instance: int, back: int
) -> None:
    path = tmp_path_factory.mktemp("ids") / "ids.json"
    earlier = at(path, instance, max(0, position - back)).new_id()
    now = at(path, instance, position)
    assert now.order_id(wire_id(earlier)) == earlier


def test_or01_wrap_raises_the_generation(tmp_path: Path) -> None:
    space = at(tmp_path / "ids.json", 1, COUNTER_SPAN - 1)
    last, first = space.new_id(), space.new_id()
    assert wire_id(first) == 1 << 22
    assert (last[:-10], first[:-10]) == ("0", "1")
    assert [space.order_id(wire_id(order_id)) for order_id in (last, first)] == [last, first]


def test_or01_after_a_wrap_ids_still_in_use_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "ids.json"
    path.write_text(json.dumps({"instance": 1, "next": COUNTER_SPAN}))
    resting = {1 << 22, (1 << 22) + 1}
    space = OrderIdSpace(path, in_use=resting.__contains__)
    assert wire_id(space.new_id()) == (1 << 22) + 2


@pytest.mark.parametrize("damage", ["", "{", '{"instance": 5}', '{"instance": -1, "next": 3}', "[1]", "null"])
def test_or01_lost_or_damaged_state_never_repeats_what_hummingbot_saw(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "ids.json"
    hour = 3600.0
    before = OrderIdSpace(path, instance=2, now=lambda: 1000 * hour)
    seen = [before.new_id() for _ in range(5)]
    path.write_text(damage)
    after = OrderIdSpace(path, instance=2, now=lambda: 1002 * hour)
    assert int(after.new_id()) > max(map(int, seen))


def test_or01_without_a_setting_the_drawn_instance_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "ids.json"
    assert OrderIdSpace(path).instance == OrderIdSpace(path).instance


def test_or01_foreign_ids_are_left_as_they_are(tmp_path: Path) -> None:
    space = OrderIdSpace(tmp_path / "ids.json", instance=2)
    assert space.order_id(3 << 22 | 5) == str(3 << 22 | 5)
    assert not space.owns(3 << 22 | 5)


@pytest.mark.parametrize("text", ["", "HBOT-1", "9999999999", "-1"])
def test_or01_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="order id"):
        wire_id(text)
