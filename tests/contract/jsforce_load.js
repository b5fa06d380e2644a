// Loads what it is given into the org it is given, by Collections and by Bulk API 2.0, with Salesforce's own client jsforce.
// Standard input: {url, session, object, key, collections: [...], bulk: [...], unreadable: "..."}; standard output: what jsforce made of it.

const jsforce = require(process.argv[2]);

async function load({ url, session, object, key, collections, bulk, unreadable }) {
  const org = new jsforce.Connection({ instanceUrl: url, accessToken: session, version: "62.0" });
  org.bulk2.pollInterval = 50;
  const saved = await org.sobject(object).upsert(collections, key, { allOrNone: false, allowRecursive: true });
  const job = { object, operation: "upsert", externalIdFieldName: key };
  const results = await org.bulk2.loadAndWaitForResults({ ...job, input: bulk });
  const failure = await org.bulk2.loadAndWaitForResults({ ...job, input: unreadable }).catch((error) => error.message);
  const aborted = org.bulk2.createJob(job);
  await aborted.open();
  await aborted.abort();
  await aborted.delete();
  return { saved, ...results, failure, aborted: aborted.getInfo().state, usage: org.limitInfo.apiUsage };
}

let input = "";
process.stdin.on("data", (part) => (input += part));
process.stdin.on("end", () => {
  load(JSON.parse(input)).then(
    (result) => process.stdout.write(JSON.stringify(result)),
    (error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exitCode = 1;
    },
  );
});
