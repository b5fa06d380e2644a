"""The Airflow assets of a DAG: each master's copy in the org, and the DAG's own memory."""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias

from freee_sync.masters import Master


def master_asset(dag_id: str, master: Master) -> Asset:
    """The org's copy of one master: what memory belongs to, and what other DAGs may wait for."""
    return Asset(name=f"{dag_id}.{master.name}", uri=f"freee-sync://{dag_id}/{master.name}")


def master_alias(dag_id: str, master: Master) -> AssetAlias:
    """Through which a task reports its asset as updated, only when it wrote something."""
    return AssetAlias(name=f"{dag_id}.{master.name}.changed")


def runs_asset(dag_id: str) -> Asset:
    """The DAG's own memory: when it was last started by the schedule, and what it asked of freee today."""
    return Asset(name=f"{dag_id}.runs", uri=f"freee-sync://{dag_id}/runs")
