// A client on a machine whose clock is an hour ahead: the SDK learns the difference from the Date header of the server's
// refusal and tries again.
const hour = 60 * 60 * 1000;
const RightDate = Date;
globalThis.Date = class extends RightDate {
  constructor(...args) {
    super(...(args.length ? args : [RightDate.now() + hour]));
  }
  static now() {
    return RightDate.now() + hour;
  }
};

const { CodeDeployClient, ListApplicationsCommand } = await import("@aws-sdk/client-codedeploy");

const answer = await new CodeDeployClient({ maxAttempts: 2 }).send(new ListApplicationsCommand({}));
console.log(JSON.stringify({ applications: answer.applications, attempts: answer.$metadata.attempts }));
