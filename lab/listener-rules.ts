import type { Action, Condition, Rule } from './load-balancers.js';

/** Puts a text into HAProxy's configuration as it is. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * A listener's rules as lines of HAProxy: the first rule whose conditions all hold is remembered by its number, then the action of that
 * number is done. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
 * @param names of backends, by the ARN of the target group
 */
export function listenerRules(rules: readonly Rule[], names: Readonly<Record<string, string>>): string[] {
  return [
    ...rules.flatMap(({ conditions }, number) => [
      ...conditions.map((condition, index) => `acl rule-${number}-${index} ${test(condition)}`),
      `http-request set-var(txn.rule) int(${number}) if !{ var(txn.rule) -m found } ${conditions.map((_, index) => `rule-${number}-${index}`).join(' ')}`.trimEnd(),
    ]),
    ...rules.flatMap(({ action }, number) => perform(action, `{ var(txn.rule) -m int ${number} }`, names)),
  ];
}

/** A condition as a test of HAProxy. Host names and paths are compared with their wildcards, host names in any case. */
function test({ field, header, values }: Condition): string {
  const patterns = values.map((value) => quoted(`^${wildcards(value)}$`)).join(' ');
  switch (field) {
    case 'host-header': return `req.hdr(host),field(1,:) -m reg -i ${patterns}`;
    case 'path-pattern': return `path -m reg ${patterns}`;
    case 'http-header': return `req.hdr(${header}) -m reg -i ${patterns}`;
    case 'http-request-method': return `method ${values.map(quoted).join(' ')}`;
    case 'source-ip': return `src ${values.join(' ')}`;
    case 'query-string': return `query -m reg -i ${values.map((value) => quoted(`(^|&)${value.includes('=') ? '' : '[^&=]*='}${wildcards(value)}(&|$)`)).join(' ')}`;
    default: return 'always_false';
  }
}

/** `*` stands for any text and `?` for one character. */
function wildcards(value: string): string {
  return value.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
}

function perform(action: Action, chosen: string, names: Readonly<Record<string, string>>): string[] {
  switch (action.type) {
    case 'forward': return forward(action.groups, chosen, names);
    case 'redirect': return redirect(action, chosen);
    case 'fixed-response': return [`http-request return status ${action.status} content-type ${quoted(action.contentType)} string ${quoted(action.body)} if ${chosen}`];
    case 'other': return [`http-request return status 500 content-type text/plain string ${quoted(`the lab does not play the action ${action.name}`)} if ${chosen}`];
  }
}

/** Weights are parts of their sum; a group of weight 0 gets nothing. */
function forward(groups: readonly { arn: string; weight: number }[], chosen: string, names: Readonly<Record<string, string>>): string[] {
  const weighted = groups.filter(({ arn, weight }) => weight > 0 && names[arn] !== undefined);
  if (weighted.length === 1) return [`use_backend ${names[weighted[0]!.arn]} if ${chosen}`];
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  return [
    ...(total > 0 ? [`http-request set-var(txn.dice) rand(${total}) if ${chosen}`] : []),
    ...weighted.map(({ arn, weight }) => `use_backend ${names[arn]} if ${chosen} { var(txn.dice) -m int lt ${below += weight} }`),
  ];
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#redirect-actions */
function redirect({ protocol, host, port, path, query, status }: Extract<Action, { type: 'redirect' }>, chosen: string): string[] {
  const parts: Readonly<Record<string, string>> = {
    '#{protocol}': '%[ssl_fc,iif(https,http)]', '#{host}': '%[req.hdr(host),field(1,:)]', '#{port}': '%[dst_port]', '#{query}': '%[query]',
    '/#{path}': '%[path]', '#{path}': '%[path]',
  };
  const filled = (text: string) => text.replace(/%/g, '%%').replace(/\/?#\{\w+\}/g, (part) => parts[part] ?? (part.startsWith('/') ? `/${parts[part.slice(1)] ?? ''}` : part));
  const place = `${filled(protocol).toLowerCase()}://${filled(host)}:${filled(port)}${filled(path)}`;
  const to = (location: string, when: string) => `http-request redirect location "${location}" code ${status} if ${chosen}${when}`;
  if (query !== '#{query}') return [to(`${place}${query && `?${filled(query)}`}`, '')];
  return [to(`${place}?%[query]`, ' { query -m found }'), to(place, '')];
}
