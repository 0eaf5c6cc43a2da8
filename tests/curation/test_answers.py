"""Which answer a response is taken to give."""

import pytest

from curation.answers import LONGEST, TAIL, Answer, final_answer, of_messages


@pytest.mark.parametrize(
    ("text", "answer", "how"),
    [
        (r"The answer is $\boxed{\frac{3}{4}}$.", r"\frac{3}{4}", "boxed"),
        (r"First \boxed{1}, no: \boxed{2}. The answer is 3.", "2", "boxed"),
        ("So 6 * 7 = 42.\n#### 42", "42", "said"),
        ("Answer: 42\nI hope that helps.", "42", "said"),
        ("**Answer:** 3.5 km/h. That is slow.", "3.5 km/h", "said"),
        ("The final answer to the question is: 7. Bye", "7", "said"),
        ("The answer is 1? No, the answer is **4,200**.", "4,200", "said"),
        ("Its answer is\n\n$$x = 5$$", "x = 5", "said"),
        ("所以最终答案是 5。谢谢", "5", "said"),
        ("First $a = 1$, then $$30 - 24 = 6.$$", "6", "formula"),
        (r"It is \(\frac{e^2-1}{4} \approx 1.5973\).", r"\frac{e^2-1}{4}", "formula"),
        ("**Cost:** 24 × 18.50 = **444.00**", "444.00", "bold"),
        ("$x = 1$ and so **3 × 4 = 12 cm**", "12 cm", "bold"),
    ],
)
def test_an_answer_is_found_as_it_is_written(text: str, answer: str, how: str) -> None:
    assert final_answer(text) == Answer(answer, how)


@pytest.mark.parametrize(
    "text", ["", "No figure.", "It costs $5 and $6.", "**Careful**", r"\boxed{", rf"\boxed{{{'1' * LONGEST}}}"]
)
def test_where_none_is_stated_none_is_found(text: str) -> None:
    assert final_answer(text) is None


def test_the_last_message_that_has_one_counts() -> None:
    said = [("assistant", "The answer is 1."), ("user", "The answer is 9."), ("assistant", "I am sure.")]
    messages = [{"role": role, "content": content} for role, content in said]
    assert of_messages(messages) == Answer("1", "said")
    assert of_messages([]) is None


def test_only_the_end_of_a_long_response_is_looked_through() -> None:
    assert final_answer("The answer is 7." + " " * TAIL) is None
    assert final_answer(" " * 300_000 + "The answer is 7.") == Answer("7", "said")
