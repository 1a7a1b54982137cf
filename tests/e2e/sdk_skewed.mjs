// A client whose clock is an hour ahead: the SDK learns the difference from the server's answer and tries again.
import { CodeDeployClient, ListApplicationsCommand } from "@aws-sdk/client-codedeploy";

const client = new CodeDeployClient({ systemClockOffset: 60 * 60 * 1000, maxAttempts: 2 });
const { applications } = await client.send(new ListApplicationsCommand({}));
console.log(JSON.stringify({ applications }));
