/** Logs to the run of this step, through the MLflow REST API. Outside of a job nothing is logged. */
export async function log(logged: { params: Record<string, unknown>; metrics: Record<string, number> }): Promise<void> {
  const { MLFLOW_TRACKING_URI: url, MLFLOW_TRACKING_TOKEN: token, MLFLOW_RUN_ID: run } = process.env;
  if (!url || !run) return;
  const answer = await fetch(`${url}/api/2.0/mlflow/runs/log-batch`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({
      run_id: run,
      params: Object.entries(logged.params).map(([key, value]) => ({ key, value: String(value) })),
      metrics: Object.entries(logged.metrics).map(([key, value]) => ({ key, value, timestamp: Date.now(), step: 0 })),
    }),
  });
  if (!answer.ok) throw new Error(`The run could not be logged to: ${answer.status} ${await answer.text()}`);
}
