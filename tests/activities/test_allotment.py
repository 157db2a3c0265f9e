"""A word about a payment that several orders share is allotted to them, at one place (R36)."""

from random import Random
from typing import Final

from activities.register.allotment import Share, allotted

A, B, C = Share("A", 1000), Share("B", 700), Share("C", 300)
WHOLE: Final = 2000
SEEDS: Final = range(2_000)


def test_R36_of_the_whole_each_order_gets_its_share() -> None:
    assert allotted(WHOLE, (A, B, C), whole=WHOLE) == {"A": 1000, "B": 700, "C": 300}
    assert allotted(WHOLE, (A, B, C), whole=WHOLE, named="B") == {"A": 1000, "B": 700, "C": 300}
    gone = A._replace(returned=1000)
    assert allotted(WHOLE, (gone, B, C), whole=WHOLE)["A"] == 1000, "its share is gone twice, and that is its shortfall"


def test_R36_of_a_part_the_named_order_gets_all() -> None:
    assert allotted(900, (A, B, C), whole=WHOLE, named="C") == {"C": 900}


def test_R36_a_part_goes_by_the_age_of_the_shares_up_to_what_has_not_gone_back() -> None:
    assert allotted(1500, (A, B, C), whole=WHOLE) == {"A": 1000, "B": 500}
    assert allotted(500, (A._replace(returned=800), B, C), whole=WHOLE) == {"A": 200, "B": 300}
    assert allotted(100, (A._replace(returned=1000), B, C), whole=WHOLE) == {"B": 100}
    assert allotted(100, (A._replace(returned=1500), B, C), whole=WHOLE) == {"B": 100}


def test_R36_what_is_left_of_no_share_is_the_oldests() -> None:
    spent = [share._replace(returned=share.amount) for share in (A, B, C)]
    assert allotted(100, spent, whole=WHOLE) == {"A": 100}
    assert allotted(1999, (A, B), whole=WHOLE) == {"A": 1299, "B": 700}
    assert allotted(WHOLE + 1, (A, B, C), whole=WHOLE) == {"A": 1001, "B": 700, "C": 300}


def test_R36_in_a_family_a_part_goes_first_to_who_still_holds_something() -> None:
    """One seller has all of them: money that is still held is taken before money that was paid out."""
    root, part = Share("A", 1000), Share("A~1", 700, held=700)
    assert allotted(900, (root, part), whole=1700) == {"A~1": 700, "A": 200}
    assert allotted(900, (root, part._replace(order_id="B~1")), whole=1700) == {"A": 900}
    assert allotted(900, (root._replace(held=100), part), whole=1700) == {"A": 200, "A~1": 700}


def test_R36_who_heard_before_and_gets_nothing_hears_it_with_0() -> None:
    assert allotted(100, (A, B), whole=1700, heard=("B", "C")) == {"A": 100, "B": 0, "C": 0}
    assert allotted(0, (A, B), whole=1700, heard=("A",)) == {"A": 0}


def test_R36_a_later_word_about_the_same_goes_where_the_first_one_went() -> None:
    """What the first has taken is off its share: the same money would be taken from somebody else."""
    taken = (A._replace(returned=1000), B._replace(returned=500), C)
    assert allotted(1500, taken, whole=WHOLE, earlier={"A": 1000, "B": 500}) == {"A": 1000, "B": 500}
    alone = {"A": WHOLE}
    assert allotted(WHOLE, (A, B, C), whole=WHOLE, earlier=alone) == {"A": 1000, "B": 700, "C": 300}, "its share each"
    spent = (Share("A", 2299, returned=2299), Share("B", 2299))
    assert allotted(2299, spent, whole=4598, earlier={"A": 2299}, heard=("A",)) == {"A": 2299}
    family = (Share("A", 1000, returned=600, held=400), Share("A~1", 700, held=700))
    assert allotted(600, family, whole=1700, earlier={"A": 600}) == {"A": 600}


def test_R36_a_later_word_over_more_or_less_takes_from_whom_the_first_took_and_then_from_the_others() -> None:
    taken = (A._replace(returned=1000), B._replace(returned=500), C)
    earlier = {"A": 1000, "B": 500}
    assert allotted(1200, taken, whole=WHOLE, earlier=earlier, heard=("A", "B")) == {"A": 1000, "B": 200}
    assert allotted(300, taken, whole=WHOLE, earlier=earlier, heard=("A", "B")) == {"A": 300, "B": 0}
    assert allotted(1900, taken, whole=WHOLE, earlier=earlier) == {"A": 1000, "B": 700, "C": 200}


def test_R36_of_a_payment_that_is_others_whole_a_word_goes_to_them_whomever_it_names() -> None:
    assert allotted(900, (A, B, C), whole=WHOLE, named="Z") == {"A": 900}
    assert allotted(900, (A, B), whole=WHOLE, named="Z") == {"Z": 900}, "the rest may be that order's, and not yet told"


def test_R36_whatever_the_shares_nothing_of_a_word_is_lost_and_nothing_is_said_twice() -> None:
    for number in SEEDS:
        random = Random(number)
        roots = random.choice((("A",), ("A", "B")))
        amounts = [random.randint(0, 50) for _ in range(random.randint(1, 6))]
        shares = [
            Share(f"{random.choice(roots)}~{index}", amount, random.randint(0, 60), random.randint(0, amount))
            for index, amount in enumerate(amounts)
        ]
        whole = random.choice((sum(share.amount for share in shares), random.randint(1, 200)))
        amount = random.randint(1, 250)
        named = random.choice((None, shares[0].order_id))
        heard = tuple(random.sample([share.order_id for share in shares] + ["Z"], 1))
        parts = allotted(amount, shares, whole=whole, named=named, heard=heard)
        assert sum(parts.values()) == amount
        assert set(heard) <= parts.keys()
        assert all(part > 0 or order_id in heard for order_id, part in parts.items())
        oldest = shares[0].order_id
        for share in shares[1:]:
            if named is None or amount >= whole:
                most = share.amount if amount >= whole else max(share.left, share.held)
                assert parts.get(share.order_id, 0) <= most, f"only the oldest, {oldest}, bears more than it has"
        assert parts == allotted(amount, shares, whole=whole, named=named, heard=heard)
