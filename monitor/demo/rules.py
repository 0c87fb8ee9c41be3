"""Sets the demonstration's rules as its operators would: over HTTP, signed in, and only where there are none."""

import statistics
from typing import Any

import aiohttp
import msgspec

from monitor.demo.accounts import DemoAccount, Prepared
from monitor.demo.faults import LOSS_PCT
from monitor.demo.sites import TROUBLED, band, sites
from monitor.errors import Unavailable
from monitor.log import Log
from monitor.values import Role, cell_text

ANSWER_S = 15.0

_log = Log(__name__)


async def set_rules(http: aiohttp.ClientSession, prepared: Prepared) -> None:
    """Gives every operator without rules a few.

    Raises: Unavailable - the server does not answer as it should.
    """
    networks = list(dict.fromkeys(device.provider for device in prepared.devices))
    for account in prepared.accounts:
        if account.role is not Role.OPERATOR or account.provider not in networks:
            continue
        try:
            made = await _set(http, prepared.url, account, rules_of(account.provider, networks.index(account.provider)))
        except (aiohttp.ClientError, OSError, TimeoutError, msgspec.DecodeError, KeyError) as error:
            raise Unavailable(f"the rules of {account.provider}: {error!r}") from error
        _log.info("demo_rules_set", provider=account.provider, rules=made)


async def _set(http: aiohttp.ClientSession, url: str, account: DemoAccount, wanted: list[dict[str, Any]]) -> int:
    credentials = {"email": account.email, "password": account.password}
    session = await _ask(http, "POST", f"{url}/v1/sessions", "", credentials)
    token = session["access_token"]
    if (await _ask(http, "GET", f"{url}/v1/rules", token))["items"]:
        return 0
    for rule in wanted:
        await _ask(http, "POST", f"{url}/v1/rules", token, rule)
    return len(wanted)


async def _ask(http: aiohttp.ClientSession, method: str, url: str, token: str, body: object = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    async with http.request(method, url, json=body, headers=headers, timeout=timeout) as response:
        response.raise_for_status()
        return msgspec.json.decode(await response.read(), type=dict[str, Any])


def rules_of(provider: str, network: int) -> list[dict[str, Any]]:
    """What an operator of that network would like to know at once: of the whole of it, and of its troubled areas."""
    wide = statistics.fmean(_latency(site, network) for site in range(len(sites())))
    rules = [
        _rule(provider, "latency_ms", "mean", "above", round(2.5 * wide), severity="critical", min_samples=40),
        _rule(provider, "packet_loss_pct", "mean", "above", LOSS_PCT / 2, severity="major", min_samples=40),
        _rule(provider, "connected", "share_connected", "below", 0.6, severity="critical", min_samples=40),
    ]
    for number, site in enumerate(sites()[:TROUBLED]):
        scope = {"cell": cell_text(site.cell)}
        above = round(3.5 * _latency(number, network))
        rules += [
            _rule(provider, "latency_ms", "mean", "above", above, scope=scope),
            _rule(provider, "packet_loss_pct", "mean", "above", LOSS_PCT / 2, scope=scope, severity="minor"),
            _rule(provider, "connected", "share_connected", "below", 0.5, scope=scope),
        ]
    return rules


def _latency(site: int, network: int) -> float:
    return statistics.fmean(answer.latency_ms or 0.0 for answer in band(site, network))


def _rule(
    provider: str, kpi: str, statistic: str, comparison: str, threshold: float, **others: object
) -> dict[str, Any]:
    usual = {"window_s": 60, "for_s": 0, "keep_firing_for_s": 30, "min_samples": 4, "severity": "major"}
    return usual | {
        "provider": provider,
        "kpi": kpi,
        "statistic": statistic,
        "comparison": comparison,
        "threshold": threshold,
        **others,
    }
