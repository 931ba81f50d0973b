import { CfnRoute, CfnSecurityGroupIngress, CfnVPCPeeringConnection, type ISubnet, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { DATABASE_ZONES } from './database-stack.js';
import { sharedParameter } from './shared-stack.js';

/** From where a database is to be reached. */
export interface Reach {
  readonly vpc: IVpc;
  /** Addresses of that network. */
  readonly range: string;
  /** Subnets of the machines that call it. */
  readonly subnets: readonly ISubnet[];
}

export interface DatabaseAccessProps {
  /** Name of the database. */
  readonly name: string;
  /** Addresses of its network. */
  readonly range: string;
  readonly from: Reach;
}

/** PostgreSQL's. */
const PORT = 5432;

/** The way from a deployment's network to a database's: a connection of the two, routes there and back, and the database's port. It goes with the deployment. */
export class DatabaseAccess extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseAccessProps) {
    super(scope, id);
    const { name, range, from } = props;
    const told = (what: string) => StringParameter.valueForStringParameter(this, sharedParameter(name, what));

    const { ref: vpcPeeringConnectionId } = new CfnVPCPeeringConnection(this, 'Peering', { vpcId: from.vpc.vpcId, peerVpcId: told('vpc') });
    const route = (name: string, routeTableId: string, destinationCidrBlock: string) => new CfnRoute(this, name, { routeTableId, destinationCidrBlock, vpcPeeringConnectionId });
    from.subnets.forEach(({ routeTable }, index) => route(`There${index + 1}`, routeTable.routeTableId, range));
    for (let zone = 1; zone <= DATABASE_ZONES; zone++) route(`Back${zone}`, told(`route-table-${zone}`), from.range);
    new CfnSecurityGroupIngress(this, 'Port', { groupId: told('security-group'), ipProtocol: 'tcp', fromPort: PORT, toPort: PORT, cidrIp: from.range, description: 'Machines of a deployment' });
  }
}
