from vigil_bot.metrics import Metrics
from vigil_bot.ports.reasoner import Spent


def value(metrics: Metrics, sample: str) -> float | None:
    """The value of one sample, by its name and labels as they are rendered."""
    lines = (line.rpartition(" ") for line in metrics.render().decode().splitlines() if not line.startswith("#"))
    return next((float(number) for name, _, number in lines if name == sample), None)


def test_new_events_and_duplicates_are_told_apart() -> None:
    metrics = Metrics()
    metrics.event_accepted("local", "message_posted", new=True, now=1000.0)
    metrics.event_accepted("local", "message_posted", new=False, now=1007.0)
    labels = 'kind="message_posted",platform="local"'
    assert value(metrics, f'vigil_events_total{{{labels},result="accepted"}}') == 1
    assert value(metrics, f'vigil_events_total{{{labels},result="duplicate"}}') == 1


def test_the_time_of_the_last_event_is_kept_for_each_platform() -> None:
    metrics = Metrics()
    metrics.event_accepted("local", "message_posted", new=True, now=1000.0)
    metrics.event_accepted("slack", "message_posted", new=True, now=2000.0)
    assert value(metrics, 'vigil_last_event_timestamp_seconds{platform="local"}') == 1000
    assert value(metrics, 'vigil_last_event_timestamp_seconds{platform="slack"}') == 2000


def test_decisions_are_counted_by_kind_and_reason() -> None:
    metrics = Metrics()
    metrics.decided("abstain", "not_a_request")
    metrics.decided("abstain", "not_a_request")
    metrics.decided("suggest", "useful")
    assert value(metrics, 'vigil_decisions_total{decision="abstain",reason="not_a_request"}') == 2
    assert value(metrics, 'vigil_decisions_total{decision="suggest",reason="useful"}') == 1


def test_posts_are_counted_by_what_became_of_them() -> None:
    metrics = Metrics()
    metrics.post_sent("local", "post", result="sent")
    metrics.post_sent("local", "post", result="dropped")
    assert value(metrics, 'vigil_posts_total{op="post",platform="local",result="sent"}') == 1
    assert value(metrics, 'vigil_posts_total{op="post",platform="local",result="dropped"}') == 1


def test_a_turn_given_up_is_a_failed_turn_and_a_dead_letter() -> None:
    metrics = Metrics()
    metrics.turn_failed(given_up=False)
    metrics.turn_failed(given_up=True)
    assert value(metrics, "vigil_turns_failed_total") == 2
    assert value(metrics, "vigil_dead_letters_total") == 1


def test_times_fall_into_buckets() -> None:
    metrics = Metrics()
    metrics.posted_after(0.12)
    metrics.posted_after(-0.01)  # the platform's clock may be ahead of ours
    metrics.found_in(0.003)
    assert value(metrics, 'vigil_beyond_settle_seconds_bucket{le="0.1"}') == 1
    assert value(metrics, 'vigil_beyond_settle_seconds_bucket{le="0.15"}') == 2
    assert value(metrics, "vigil_beyond_settle_seconds_sum") == 0.12
    assert value(metrics, 'vigil_find_seconds_bucket{le="0.005"}') == 1


def test_the_inbox_says_how_much_waits() -> None:
    metrics = Metrics()
    metrics.pending(7)
    assert value(metrics, "vigil_inbox_pending") == 7


def test_two_programs_in_one_process_do_not_mix() -> None:
    first, second = Metrics(), Metrics()
    first.pending(3)
    assert value(second, "vigil_inbox_pending") == 0


def test_what_the_model_took_is_shown_by_purpose_as_it_stands() -> None:
    metrics, spent = Metrics(), dict[str, Spent]()
    metrics.spent(spent)
    assert value(metrics, 'vigil_model_calls_total{purpose="draft"}') is None
    spent["draft"] = Spent(calls=2, tokens=700, cost=0.5)
    spent["extract"] = Spent(calls=1, tokens=300, cost=0.25)
    assert value(metrics, 'vigil_model_calls_total{purpose="draft"}') == 2
    assert value(metrics, 'vigil_model_tokens_total{purpose="draft"}') == 700
    assert value(metrics, 'vigil_model_cost_total{purpose="extract"}') == 0.25
    assert "# HELP vigil_model_tokens_total Tokens that they took." in metrics.render().decode()
