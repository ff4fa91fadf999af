"""The one way to reach Redis: a burst waits for a connection instead of being refused."""

from concurrent.futures import ThreadPoolExecutor

from workflows.connection import MOST_CONNECTIONS, connect


def test_whoever_finds_every_connection_taken_waits_for_one(settings):
    client = connect(settings)
    pool = client.connection_pool
    taken = [pool.get_connection() for _ in range(MOST_CONNECTIONS)]

    with ThreadPoolExecutor() as others:
        late = others.submit(client.ping)
        assert not late.done()
        pool.release(taken.pop())
        assert late.result(timeout=5)

    for connection in taken:
        pool.release(connection)
    client.close()
