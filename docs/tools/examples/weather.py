"""A GET with a secret: the key comes from `secrets`, never from the code."""

from typing import TypedDict


class Weather(TypedDict):
    city: str
    celsius: float


async def main(city: str, base: str = "https://api.example.com") -> Weather:
    """The temperature in a city, now.

    Args:
        city: Its name.
        base: Where the weather service is.
    """
    response = await http.get(
        f"{base}/weather",
        params={"city": city},
        headers={"X-Api-Key": secrets["WEATHER_KEY"]},
        timeout=10,
    )
    if response.status_code == http.codes.UNAUTHORIZED:
        raise ValueError("the weather service refuses the key WEATHER_KEY; an administrator has to set it again")
    data = response.raise_for_status().json()
    return {"city": data["city"], "celsius": data["temperature"]}
