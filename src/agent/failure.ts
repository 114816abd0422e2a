export class LeaseLost extends Error {
  override message = "The task was given to another agent.";
}
export class Cancelled extends Error {
  override message = "The job was cancelled.";
}
export class TimedOut extends Error {}

/** A failure of the command that the user wrote, as opposed to one of the machine. */
export class StepFailed extends Error {
  readonly retryable: boolean;
  constructor(message: string, options: { retryable?: boolean } = {}) {
    super(message);
    this.retryable = options.retryable ?? true;
  }
}

/** Something outside could not be reached, for a moment perhaps: an index of packages, a registry of images. */
export class NetworkFailed extends Error {}

/**
 * What uv, pip, podman and docker print when nobody answered, the answer broke off, or a server was too busy to give one.
 * That something is not there, or that one may not have it, is no such answer.
 */
const networkSigns: RegExp[] = [
  /connection (was )?(refused|reset|aborted|timed out)|(ECONN(REFUSED|RESET)|ETIMEDOUT)/i,
  /dns error|failed to lookup address|name resolution|name or service not known|no such host|server misbehaving/i,
  /(operation|request|read|i\/o|handshake|connect)[ _]?time(d[ -]?)?out|error sending request|client error \(connect\)/i,
  /network is unreachable|no route to host|unexpected eof|connection closed before message completed/i,
  /NewConnectionError|ConnectTimeout|ReadTimeout|RemoteDisconnected|ProtocolError|too many 50[0-9] error responses/,
  /(status|HTTP|error|code)\D{0,30}\b(429|50[0234])\b|\b(429 Too Many Requests|50[0234] [A-Z][a-z]+)/,
];

/** Does what a tool printed say that the network failed it? */
export const saysNetwork = (printed: string): boolean => networkSigns.some((sign) => sign.test(printed));

/** Exit codes of sysexits.h that say: the same would fail again (usage, data, no input, no permission, configuration). */
export const finalExitCodes: ReadonlySet<number | null> = new Set([64, 65, 66, 77, 78]);
