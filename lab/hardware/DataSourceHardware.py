"""cloud-init's own EC2 data source, on a machine that has no firmware tables to say that it is Amazon's.

With them cloud-init would know where it is and ask for a token as it does on EC2; its local stage, which asks a DHCP server
for an address first, is left out because the network card is set up already.
"""

from cloudinit import sources
from cloudinit.sources import DataSourceEc2 as ec2

ec2.identify_platform = lambda: ec2.CloudNames.AWS


def get_datasource_list(depends):
    return sources.list_from_depends(depends, [(ec2.DataSourceEc2, (sources.DEP_FILESYSTEM, sources.DEP_NETWORK))])
