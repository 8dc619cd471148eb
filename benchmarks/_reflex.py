"""The loopback's own time: a client that thinks nothing and answers every frame of a stream with one request.

``python -m benchmarks._reflex URL STREAM`` uses the HTTP library that Hummingbot uses, over one connection that stands
already. What it takes from a change to its request's arrival, every other client takes too: the exchange's frame, the
way there and back, and the exchange's reading of the request.
"""

import asyncio
import sys

import aiohttp

REQUEST = "/api/v1/order"


async def _answer(url: str, stream: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url.replace("http", "ws", 1) + "/") as socket:
            await socket.send_json({"method": "SUBSCRIBE", "params": [stream]})
            print("ready", flush=True)
            async for _ in socket:
                # It is not signed: the exchange refuses it, after it has arrived.
                async with session.delete(url + REQUEST, data=b"{}") as answer:
                    await answer.read()


def main() -> None:
    asyncio.run(_answer(*sys.argv[1:]))


if __name__ == "__main__":
    main()
