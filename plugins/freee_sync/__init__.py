"""Seven freee会計 masters into Salesforce, as one Apache Airflow DAG."""

__version__ = "0.1.0"
