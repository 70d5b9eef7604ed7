import type { Action, Exposure, Reach, State } from "./gatescope.js";

/** By the numbers that the columns hold. */
export const STATES: readonly State[];
export const ACTIONS: readonly Action[];
export const REACHES: readonly Reach[];

/** All exposures as typed arrays over the buffer that `Engine.columns()` makes. */
export class Columns {
  constructor(bytes: Uint8Array);
  /** How many rows there are. */
  readonly length: number;

  /** By row. Index into STATES, ACTIONS. */
  readonly state: Uint8Array;
  readonly action: Uint8Array;
  readonly idHigh: Uint32Array;
  readonly idLow: Uint32Array;
  /** By row. Index into the tables below. */
  readonly listener: Uint32Array;
  readonly route: Uint32Array;
  readonly match: Uint32Array;
  /** By row; 0 is none. */
  readonly backend: Uint32Array;
  /** By row; -2147483648 is none. */
  readonly weight: Int32Array;
  readonly rule: Uint32Array;
  readonly matchIndex: Uint32Array;
  /** By row. Strings, 0 is none. */
  readonly hostname: Uint32Array;
  readonly ruleName: Uint32Array;
  readonly cause: Uint32Array;
  readonly ownedBy: Uint32Array;
  /** By row. Both halves 0: not shadowed. */
  readonly shadowedByHigh: Uint32Array;
  readonly shadowedByLow: Uint32Array;
  /** By row. Lists of strings. */
  readonly reasons: Uint32Array;
  readonly except: Uint32Array;

  /** Listeners. Strings but for the port, the reach (index into REACHES) and the addresses (list of strings). */
  readonly listenerGatewayNamespace: Uint32Array;
  readonly listenerGatewayName: Uint32Array;
  readonly listenerOwnerKind: Uint32Array;
  readonly listenerOwnerNamespace: Uint32Array;
  readonly listenerOwnerName: Uint32Array;
  readonly listenerName: Uint32Array;
  readonly listenerPort: Uint16Array;
  readonly listenerProtocol: Uint32Array;
  readonly listenerTlsMode: Uint32Array;
  readonly listenerReach: Uint8Array;
  readonly listenerAddresses: Uint32Array;

  /** Routes. Strings. */
  readonly routeKind: Uint32Array;
  readonly routeNamespace: Uint32Array;
  readonly routeName: Uint32Array;

  /** Matches. Strings; headers and query are lists of type, name, value, type, name, value, … */
  readonly matchPathType: Uint32Array;
  readonly matchPathValue: Uint32Array;
  readonly matchMethod: Uint32Array;
  readonly matchHeaders: Uint32Array;
  readonly matchQuery: Uint32Array;
  readonly matchGrpcType: Uint32Array;
  readonly matchGrpcService: Uint32Array;
  readonly matchGrpcMethod: Uint32Array;

  /** Backends. Strings but for the port, 0 is none. */
  readonly backendGroup: Uint32Array;
  readonly backendKind: Uint32Array;
  readonly backendNamespace: Uint32Array;
  readonly backendName: Uint32Array;
  readonly backendPort: Uint16Array;

  readonly stringOffsets: Uint32Array;
  readonly stringBytes: Uint8Array;
  readonly listOffsets: Uint32Array;
  readonly listItems: Uint32Array;

  /** The text of a string's number. */
  text(id: number): string;
  /** The items of a list's number. */
  list(id: number): Uint32Array;
  /** The id of a row. */
  id(row: number): string;
  /** A row as the report has it. */
  exposure(row: number): Exposure;
}
