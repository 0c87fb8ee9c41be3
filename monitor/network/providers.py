"""Knows the operators: keeps the configured ones in the database and tells whose carrier a phone names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor import settings
from monitor.settings import normal
from monitor.store.db import Database
from monitor.store.queries import Shelf
from monitor.values import NO_PROVIDER, Generation, ProviderId

_sql = Shelf("providers")


@dataclass(frozen=True, slots=True)
class Provider:
    """One operator."""

    id: ProviderId
    slug: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Operators, their carriers' names, and what generation a network type is."""

    by_slug: Mapping[str, Provider]
    by_id: Mapping[ProviderId, Provider]
    carriers: Mapping[str, ProviderId]
    generations: Mapping[str, Generation]

    def provider_of(self, carrier: str) -> ProviderId:
        """The operator behind a carrier's name, alias or MCC-MNC; NO_PROVIDER when nobody has it."""
        return self.carriers.get(normal(carrier), NO_PROVIDER)

    def generation_of(self, network_type: str | None) -> Generation:
        return self.generations.get(normal(network_type), Generation.UNKNOWN) if network_type else Generation.UNKNOWN


async def keep_configured(
    db: Database, configured: Sequence[settings.Provider], generations: Mapping[Generation, Sequence[str]]
) -> Directory:
    """Writes the configuration's operators and carriers and gives the directory of them all."""
    carriers: dict[str, ProviderId] = {}
    async with db.system() as tx:
        for provider in sorted(configured, key=lambda one: one.slug):
            row = await tx.fetchval(_sql["keep_provider"], provider.slug, provider.name, provider.color)
            carriers |= {normal(name): ProviderId(row) for name in [provider.slug, provider.name, *provider.carriers]}
        await tx.execute(_sql["keep_carriers"], list(carriers), list(carriers.values()))
        await tx.execute(_sql["forget_carriers"], list(carriers))
        rows = await tx.fetch(_sql["all_providers"])
    providers = [Provider(ProviderId(row["id"]), row["slug"], row["name"], row["color"]) for row in rows]
    return Directory(
        by_slug={provider.slug: provider for provider in providers},
        by_id={provider.id: provider for provider in providers},
        carriers=carriers,
        generations={normal(name): generation for generation, names in generations.items() for name in names},
    )
