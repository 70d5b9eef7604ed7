// Reads the columns that `Engine.columns()` makes (docs/module-abi.md, Columns): typed arrays over the one buffer,
// and a row, or a text, only where it is asked for.

const SECTIONS = {
  stringOffsets: 1, stringBytes: 2, listOffsets: 3, listItems: 4,
  listenerGatewayNamespace: 10, listenerGatewayName: 11, listenerOwnerKind: 12, listenerOwnerNamespace: 13,
  listenerOwnerName: 14, listenerName: 15, listenerPort: 16, listenerProtocol: 17, listenerTlsMode: 18,
  listenerReach: 19, listenerAddresses: 20,
  routeKind: 30, routeNamespace: 31, routeName: 32,
  matchPathType: 40, matchPathValue: 41, matchMethod: 42, matchHeaders: 43, matchQuery: 44, matchGrpcType: 45,
  matchGrpcService: 46, matchGrpcMethod: 47,
  backendGroup: 50, backendKind: 51, backendNamespace: 52, backendName: 53, backendPort: 54,
  idHigh: 60, idLow: 61, state: 62, action: 63, listener: 64, hostname: 65, route: 66, rule: 67, ruleName: 68,
  matchIndex: 69, match: 70, backend: 71, weight: 72, reasons: 73, cause: 74, shadowedByHigh: 75, shadowedByLow: 76,
  ownedBy: 77, except: 78,
};
const TYPES = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 5: Int32Array };
export const STATES = ["exposed", "shadowed", "blocked", "unknown"];
export const ACTIONS = ["forward", "redirect", "mirror", "error", "none"];
export const REACHES = ["external", "internal", "unknown"];
const NO_WEIGHT = -2147483648;
const hex = (n) => n.toString(16).padStart(8, "0");

export class Columns {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    // Typed arrays want their own alignment: a buffer that starts elsewhere is copied once.
    if (bytes.byteOffset % 4 !== 0) bytes = bytes.slice();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 8 || view.getUint32(0) !== 0x47535831) throw new Error("these bytes are no columns of this version");
    const at = new Map();
    for (let i = 0, n = view.getUint32(4, true); i < n; i++) {
      const [id, type, offset, cells] = [0, 4, 8, 12].map((o) => view.getUint32(8 + i * 16 + o, true));
      if (TYPES[type]) at.set(id, new TYPES[type](bytes.buffer, bytes.byteOffset + offset, cells));
    }
    for (const [name, id] of Object.entries(SECTIONS)) {
      if (!at.has(id)) throw new Error(`the columns lack \`${name}\``);
      this[name] = at.get(id);
    }
    this.length = this.state.length;
    this.texts = new Map([[0, ""]]);
    this.decoder = new TextDecoder();
  }

  /** The text of a string's number; 0 is the empty one, and stands for "absent". */
  text(id) {
    let text = this.texts.get(id);
    if (text === undefined) {
      text = this.decoder.decode(this.stringBytes.subarray(this.stringOffsets[id], this.stringOffsets[id + 1]));
      this.texts.set(id, text);
    }
    return text;
  }

  /** The numbers of a list; 0 is the empty one. */
  list(id) {
    return this.listItems.subarray(this.listOffsets[id], this.listOffsets[id + 1]);
  }

  /** The id of a row. */
  id(row) {
    return `e-${hex(this.idHigh[row])}${hex(this.idLow[row])}`;
  }

  #texts(id) {
    return Array.from(this.list(id), (s) => this.text(s));
  }

  #pairs(id) {
    const items = this.list(id);
    const out = [];
    for (let i = 0; i < items.length; i += 3) {
      out.push({ type: this.text(items[i]), name: this.text(items[i + 1]), value: this.text(items[i + 2]) });
    }
    return out;
  }

  /** A row as the report has it. */
  exposure(row) {
    if (!(row >= 0 && row < this.length)) throw new RangeError(`there is no row ${row}`);
    const [l, r, m, b] = [this.listener[row], this.route[row], this.match[row], this.backend[row]];
    const out = { id: this.id(row), state: STATES[this.state[row]], reasons: this.#texts(this.reasons[row]) };
    if (this.cause[row]) out.cause = this.text(this.cause[row]);
    const by = [this.shadowedByHigh[row], this.shadowedByLow[row]];
    if (by[0] || by[1]) out.shadowedBy = `e-${hex(by[0])}${hex(by[1])}`;
    if (this.ownedBy[row]) out.ownedBy = this.text(this.ownedBy[row]);
    if (this.except[row]) out.except = this.#texts(this.except[row]);
    out.gateway = { namespace: this.text(this.listenerGatewayNamespace[l]), name: this.text(this.listenerGatewayName[l]) };
    out.listener = {
      owner: {
        kind: this.text(this.listenerOwnerKind[l]),
        namespace: this.text(this.listenerOwnerNamespace[l]),
        name: this.text(this.listenerOwnerName[l]),
      },
      name: this.text(this.listenerName[l]),
      port: this.listenerPort[l],
      protocol: this.text(this.listenerProtocol[l]),
    };
    if (this.listenerTlsMode[l]) out.listener.tlsMode = this.text(this.listenerTlsMode[l]);
    out.hostname = this.text(this.hostname[row]);
    out.route = { kind: this.text(this.routeKind[r]), namespace: this.text(this.routeNamespace[r]), name: this.text(this.routeName[r]) };
    out.rule = this.rule[row];
    if (this.ruleName[row]) out.ruleName = this.text(this.ruleName[row]);
    out.match = this.matchIndex[row];
    if (this.matchPathType[m]) out.path = { type: this.text(this.matchPathType[m]), value: this.text(this.matchPathValue[m]) };
    if (this.matchMethod[m]) out.method = this.text(this.matchMethod[m]);
    out.headers = this.#pairs(this.matchHeaders[m]);
    out.queryParams = this.#pairs(this.matchQuery[m]);
    if (this.matchGrpcType[m]) {
      out.grpc = { type: this.text(this.matchGrpcType[m]) };
      if (this.matchGrpcService[m]) out.grpc.service = this.text(this.matchGrpcService[m]);
      if (this.matchGrpcMethod[m]) out.grpc.method = this.text(this.matchGrpcMethod[m]);
    }
    out.action = ACTIONS[this.action[row]];
    if (b) {
      out.backend = {
        group: this.text(this.backendGroup[b]),
        kind: this.text(this.backendKind[b]),
        namespace: this.text(this.backendNamespace[b]),
        name: this.text(this.backendName[b]),
      };
      if (this.backendPort[b]) out.backend.port = this.backendPort[b];
    }
    if (this.weight[row] !== NO_WEIGHT) out.weight = this.weight[row];
    out.reach = REACHES[this.listenerReach[l]];
    out.addresses = this.#texts(this.listenerAddresses[l]);
    return out;
  }
}
