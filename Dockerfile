FROM apache/airflow:3.3.2-python3.11

# The lock, not the image's own constraints: these are the versions the tests ran with.
COPY --chown=airflow:0 pyproject.toml README.md requirements.lock /opt/freee_sync/
COPY --chown=airflow:0 plugins /opt/freee_sync/plugins
RUN pip install --no-cache-dir --constraint /opt/freee_sync/requirements.lock \
    "apache-airflow==${AIRFLOW_VERSION}" /opt/freee_sync
