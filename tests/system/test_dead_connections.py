"""Kept connections whose path is gone (the machine slept, a NAT forgot) answer nothing; new ones do."""
import threading

import pytest

from daemon import wait_until
from ledger import from_cloud, from_ollama, ms, truth
from sim import Gate, reply
from sim import ollama as o
from sim.cloud import echo, events, held, ok, silent, status
from sim.world import Clock, Names, both

BOTH_WAYS = True

LIMITS = {"provider.openai.first_byte_timeout": ms(300), "route.hedge_after": "off"}


def only_new_ones(then=echo, dead=silent()):
    """Answers the first request of a connection, and is dead to what comes later."""

    def choose(peer, request):
        (then if request.number_on_connection == 1 else dead)(peer, request)

    return choose


def kept(daemon, cloud, count=3):
    """So many connections in the pool."""
    gate = Gate()
    cloud.script(held(gate, ok("warm")))
    threads = [threading.Thread(target=daemon.chat) for _ in range(count)]
    for thread in threads:
        thread.start()
    cloud.wait_for_requests(count)
    gate.open()
    for thread in threads:
        thread.join(60)
    assert cloud.connections == count


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_after_a_timeout_the_other_ones_are_not_tried(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama, LIMITS)
    kept(daemon, cloud)
    cloud.script(only_new_ones())
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_cloud("openai=2")
    assert cloud.connections == 4
    assert daemon.chat(stream=streamed).header("x-understudy-provider") in ("openai", "ollama")


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_after_a_hedge_has_won_the_other_ones_are_not_tried(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama, {"route.hedge_after": ms(200)})
    kept(daemon, cloud)
    cloud.script(only_new_ones())
    assert daemon.chat(stream=streamed).header("x-understudy-provider") == "ollama"
    assert truth(daemon.chat(stream=streamed)) == from_cloud("openai=1")
    assert cloud.connections == 4


def test_the_idle_ones_are_given_up_at_once(start, cloud, ollama):
    daemon = start(cloud, ollama, LIMITS)
    kept(daemon, cloud)
    held_by_others = {c.connection for c in cloud.chats}
    cloud.script(only_new_ones())
    assert truth(daemon.chat()) == from_cloud("openai=2")
    wait_until(lambda: len(cloud._peers) == 1, "the others are closed")
    assert cloud.chats[-1].connection not in held_by_others


def test_after_an_idle_timeout_too(start, cloud, ollama):
    daemon = start(cloud, ollama, {**LIMITS, "provider.openai.idle_timeout": ms(300)})
    kept(daemon, cloud)
    cloud.script(only_new_ones(dead=events("half")))
    assert daemon.chat(stream=True).events[-1] != "[DONE]"
    answer = daemon.chat(stream=True)
    assert truth(answer) == from_cloud("openai=1") and cloud.connections == 4


def test_after_a_reset_too(start, cloud, ollama):
    daemon = start(cloud, ollama, LIMITS)
    kept(daemon, cloud)
    cloud.script(only_new_ones(dead=reply.reset_before_answer()))
    answer = daemon.chat()
    assert truth(answer) == from_cloud("openai=2") and cloud.connections == 4


def test_a_timeout_of_a_new_connection_leaves_the_others_alone(start, cloud, ollama, tmp_path):
    """Nothing is said against them: a slow model is no broken path."""
    daemon = start(cloud, ollama, {**LIMITS, "retry.attempts": 1})
    cloud.script(silent())
    assert truth(daemon.chat()) == from_ollama("openai=1, ollama=1", "timeout")
    kept_before = cloud.connections
    cloud.script(ok("one"))
    daemon.chat()
    daemon.chat()
    assert cloud.connections == kept_before + 1


def test_those_of_another_host_are_kept(start, cloud, ollama):
    daemon = start(cloud, ollama, {**LIMITS, "retry.attempts": 1})
    cloud.script(status(503))
    daemon.chat()
    local = ollama.chats[-1].connection
    cloud.script(silent())
    daemon.chat()
    assert ollama.chats[-1].connection == local


def test_a_silent_one_that_lost_to_a_hedge_is_doubted(start, cloud, ollama):
    """It was only cancelled; but the next request would take the next dead one."""
    daemon = start(cloud, ollama, {"route.hedge_after": "1200ms"})
    kept(daemon, cloud)
    cloud.script(only_new_ones())
    assert daemon.chat(stream=True).header("x-understudy-provider") == "ollama"
    answer = daemon.chat(stream=True)
    assert truth(answer) == from_cloud("openai=1")


def test_ollama_on_another_machine(start, cloud, ollama):
    daemon = start(cloud, ollama, {"provider.ollama.first_byte_timeout": ms(300),
                                   "retry.attempts": 2, "route.priority": "ollama"})
    gate = Gate()
    ollama.script(held(gate, o.echo))
    threads = [threading.Thread(target=daemon.chat) for _ in range(3)]
    for thread in threads:
        thread.start()
    ollama.wait_for(lambda: len(ollama.chats) == 3, what="three at a time")
    gate.open()
    for thread in threads:
        thread.join(60)
    ollama.script(only_new_ones(o.echo))
    assert daemon.chat().header("x-understudy-attempts") == "ollama=2"


def test_lists_of_models_have_a_connection_of_their_own(start, cloud, ollama):
    daemon = start(cloud, ollama)
    kept(daemon, cloud)
    cloud.script(only_new_ones(lambda peer, request: cloud.answer(request)(peer, request)),
                 path="/v1/models")
    names = {m["id"] for m in daemon.get("/v1/models").json["data"]}
    assert "gpt-4" in names


def test_the_check_has_a_connection_of_its_own(start, cloud, ollama, tmp_path):
    """Over a dead one it found the machine offline."""
    names, clock = Names(tmp_path), Clock(tmp_path)
    names.set("cloud.test", "127.0.0.1")
    away = f"http://cloud.test:{cloud.port}"
    daemon = start(away, ollama, {"connectivity.check_url": away + "/",
                                  "connectivity.interval": "5s"}, env=both(names, clock))
    daemon.chat()
    cloud.wait_for(lambda: cloud.to("/") and cloud.to("/")[0].answered.is_set(), what="a check")
    cloud.script(only_new_ones(lambda peer, request: cloud.answer(request)(peer, request)),
                 path="/")

    def is_asked_again():
        clock.advance(6)  # more than once where the first finding was only now noted
        daemon.chat()
        return len(cloud.to("/")) > 1

    wait_until(is_asked_again, "another check")
    assert {c.number_on_connection for c in cloud.to("/")} == {1}
    daemon.chat()
    assert daemon.log(event="offline") == []


# ---- age


@pytest.mark.parametrize("idle, connections", [(24, 1), (26, 2)])
def test_one_that_was_idle_for_25_seconds_is_not_used_again(start, cloud, ollama, tmp_path, idle, connections):
    """Providers close theirs after 30 and more."""
    clock = Clock(tmp_path)
    daemon = start(cloud, ollama, env=clock.env)
    daemon.chat()
    clock.advance(idle)
    assert truth(daemon.chat()) == from_cloud("openai=1")
    assert cloud.connections == connections


def test_one_that_is_300_seconds_old_is_not_used_again(start, cloud, ollama, tmp_path):
    """So that a name which moved is followed."""
    clock = Clock(tmp_path)
    daemon = start(cloud, ollama, env=clock.env)
    for _ in range(15):
        daemon.chat()
        clock.advance(20)
    assert cloud.connections == 1
    clock.advance(2)
    assert truth(daemon.chat()) == from_cloud("openai=1") and cloud.connections == 2


# ---- sleep


def test_after_the_machine_slept_connections_and_names_are_new(start, cloud, ollama, tmp_path):
    names, clock = Names(tmp_path), Clock(tmp_path)
    names.set("cloud.test", "127.0.0.1")
    daemon = start(f"http://cloud.test:{cloud.port}", ollama, env=both(names, clock))
    for _ in range(3):
        assert truth(daemon.chat()) == from_cloud("openai=1")
    assert (cloud.connections, names.asked("cloud.test")) == (1, 1)
    clock.sleep(30)
    assert truth(daemon.chat()) == from_cloud("openai=1")
    assert (cloud.connections, names.asked("cloud.test")) == (2, 2)
    assert truth(daemon.chat()) == from_cloud("openai=1")
    assert (cloud.connections, names.asked("cloud.test")) == (2, 2)
    assert daemon.log(event="woke")


def test_after_the_machine_slept_offline_is_no_finding(start, cloud, ollama, tmp_path):
    names, clock, gate = Names(tmp_path), Clock(tmp_path), Gate()
    names.set("cloud.test", "127.0.0.1")
    cloud.script(reply.close_before_answer(), path="/")
    daemon = start(f"http://cloud.test:{cloud.port}", ollama,
                   {"connectivity.check_url": cloud.url + "/", "connectivity.interval": "1h"},
                   env=both(names, clock))
    daemon.wait_for_log(event="offline")
    assert truth(daemon.chat())["provider"] == "ollama"
    cloud.script(held(gate, status(200)), path="/")
    clock.sleep(30)
    assert truth(daemon.chat()) == from_cloud("openai=1")
    gate.open()
