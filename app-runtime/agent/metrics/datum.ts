import { splitTier } from '../../split-tier.js';

/** A figure of a metric, or how often each of several was seen. */
export interface Datum {
  readonly name: string;
  readonly unit: 'Count' | 'Percent' | 'Seconds';
  /** One figure, or figures and how often each was seen: percentiles can be told of those, and of no summary. */
  readonly value: number | ReadonlyMap<number, number>;
  /** What tells it from others of its name, beside the deployment. @default - nothing */
  readonly of?: Readonly<Record<string, string>>;
}

/** Words of the Query protocol, by their keys. */
type Words = Record<string, string>;

/**
 * What PutMetricData is told.
 * @param at when it was so, in milliseconds since 1970
 */
export function metricData(deployment: string, at: number, data: readonly Datum[]): Words {
  const members = data.map(({ name, unit, value, of = {} }, index) => prefixed(`MetricData.member.${index + 1}.`, {
    MetricName: name, Unit: unit, Timestamp: new Date(at).toISOString(),
    // Kept by the second, so that an alarm can look every ten; any other number means by the minute.
    StorageResolution: '1',
    ...dimensions({ Deployment: deployment, ...of }), ...values(value),
  }));
  return Object.assign({ Namespace: splitTier.namespace }, ...members) as Words;
}

function dimensions(pairs: Readonly<Record<string, string>>): Words {
  return Object.assign({}, ...Object.entries(pairs).map(([Name, Value], index) => prefixed(`Dimensions.member.${index + 1}.`, { Name, Value }))) as Words;
}

function values(value: Datum['value']): Words {
  if (typeof value === 'number') return { Value: String(value) };
  return { ...numbered('Values', [...value.keys()]), ...numbered('Counts', [...value.values()]) };
}

function numbered(list: string, figures: readonly number[]): Words {
  return Object.fromEntries(figures.map((figure, index) => [`${list}.member.${index + 1}`, String(figure)]));
}

function prefixed(prefix: string, words: Words): Words {
  return Object.fromEntries(Object.entries(words).map(([key, word]) => [prefix + key, word]));
}
