import { Duration } from 'aws-cdk-lib';
import { Alarm, type CfnAlarm, ComparisonOperator, MathExpression, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { splitTier } from '../app-runtime/split-tier.js';

/** What a front tier tells of the requests that it answered. */
export interface Signals {
  /** How many there were. */
  readonly requests: Metric;
  /** How many got 5xx; more than one metric where the tier and what is behind it are counted apart. */
  readonly errors: readonly Metric[];
  /** Seconds of an answer. */
  readonly responseTime: Metric;
  /** App servers that do not answer well. */
  readonly unhealthy: Metric;
  /** How often these are told. AWS tells its own once a minute. */
  readonly period: Duration;
}

export interface AlarmsProps {
  readonly signals: Signals;
  /** Answers 5xx, in percent of all. */
  readonly mostErrors: number;
  /** Seconds of the slowest of a hundred answers; of the slowest of ten where there are few. */
  readonly slowestAnswer: number;
  /** ARN of the topic that is told; '' for none. */
  readonly alarmTopic: string;
}

/** So many requests in a period, or fewer, tell nothing of a release: one of three that fails is a third. */
const ENOUGH = 10;

/** Of so many or fewer, the slowest of a hundred is one visitor, whose line may be what was slow: they are judged by the slowest of ten. */
const MANY = 100;

/** Seconds for which a server must be found unhealthy: one that died is replaced before. */
const SICK = 60;

/** What takes a release back while it is rolled out, and a person sees in CloudWatch afterwards. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { signals: { requests, errors, responseTime, unhealthy, period }, mostErrors, slowestAnswer, alarmTopic } = props;
    // Two of three short periods, or one minute: as soon as it is no accident. Of minutes three are looked at, because what AWS counts may come late.
    const [evaluationPeriods, datapointsToAlarm] = period.toSeconds() < 60 ? [3, 2] : [3, 1];
    // One moment in a minute is no minute.
    const sick = Math.max(2, SICK / period.toSeconds());
    const comparisonOperator = ComparisonOperator.GREATER_THAN_THRESHOLD;
    const every = { comparisonOperator, treatMissingData: TreatMissingData.NOT_BREACHING };

    const named = Object.fromEntries(errors.map((metric, index) => [`e${index}`, metric.with({ statistic: 'Sum', period })]));
    const sum = Object.keys(named).map((name) => `FILL(${name}, 0)`).join(' + ');
    this.all = [
      new Alarm(this, 'Errors', {
        ...every, evaluationPeriods, datapointsToAlarm, threshold: mostErrors,
        alarmDescription: `More than ${mostErrors} % of the answers are 5xx`,
        metric: new MathExpression({
          expression: `IF(r > ${ENOUGH}, 100 * (${sum}) / r, 0)`, label: 'Answers 5xx, percent', period,
          usingMetrics: { r: requests.with({ statistic: 'Sum', period }), ...named },
        }),
      }),
      new Alarm(this, 'Slow', {
        ...every, evaluationPeriods, datapointsToAlarm, threshold: slowestAnswer,
        alarmDescription: `One answer in a hundred takes longer than ${slowestAnswer} s; of ${MANY} or fewer, one in ten`,
        metric: new MathExpression({
          expression: `IF(r > ${MANY}, p99, IF(r > ${ENOUGH}, p90, 0))`, label: 'Slowest answers, seconds', period,
          usingMetrics: {
            r: requests.with({ statistic: 'Sum', period }),
            ...Object.fromEntries(['p90', 'p99'].map((statistic) => [statistic, responseTime.with({ statistic, period })])),
          },
        }),
      }),
      new Alarm(this, 'Unhealthy', {
        ...every, evaluationPeriods: sick, threshold: 0,
        alarmDescription: `An app server is unhealthy for ${sick * period.toSeconds()} s`,
        metric: unhealthy.with({ statistic: 'Maximum', period }),
      }),
    ];
    this.all.forEach((alarm) => tell(alarm, alarmTopic));
  }
}

/**
 * Rings as soon as one machine refuses what it was launched with. Its logical id holds that, the digest of a release or the kind of machine: when
 * it is taken back, the group looks at the alarm of what was before, which is quiet.
 */
export function refusedAlarm(scope: Construct, deployment: string, [prefix, what]: readonly ['RefusedRelease' | 'RefusedBalancers', string], alarmTopic: string): Alarm {
  const name = what.slice(0, 12);
  const alarm = new Alarm(scope, 'Refused', {
    alarmDescription: 'A machine refuses what it was launched with; npm run why tells its last words',
    metric: new Metric({
      namespace: splitTier.namespace, metricName: 'RefusedReleases', statistic: 'Sum', period: Duration.seconds(10),
      dimensionsMap: { Deployment: deployment, Release: name },
    }),
    // It goes on ringing, because nothing says how often a refresh looks.
    threshold: 1, evaluationPeriods: 12, datapointsToAlarm: 1, comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  (alarm.node.defaultChild as CfnAlarm).overrideLogicalId(`${prefix}${name}`);
  tell(alarm, alarmTopic);
  return alarm;
}

function tell(alarm: Alarm, topic: string): void {
  if (topic !== '') alarm.addAlarmAction({ bind: () => ({ alarmActionArn: topic }) });
}
