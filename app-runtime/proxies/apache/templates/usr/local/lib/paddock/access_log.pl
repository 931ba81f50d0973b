# Makes JSON of the lines of Apache's access log, whose fields stand between tabs (log.conf), one for one.
use strict;
use warnings;

my %written = (b => "\b", n => "\n", r => "\r", t => "\t", v => "\x0b", f => "\f", a => "\a");
my @names = qw(request_id client method host path protocol status bytes seconds gateway_status gateway_seconds referer agent);
my %number = map { $_ => 1 } qw(status bytes seconds);

# A field as it was before Apache wrote it: "-" for none, and a backslash before what is not plain text.
sub plain {
    my ($text) = @_;
    return '' if $text eq '-';
    $text =~ s/\\(?:x([0-9a-f]{2})|(.))/defined $1 ? chr hex $1 : $written{$2} \/\/ $2/ge;
    utf8::decode($text);
    return $text;
}

sub quoted {
    my ($text) = @_;
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/([\x00-\x1f\x7f])/sprintf '\\u%04x', ord $1/ge;
    return qq("$text");
}

# Apache sends this when it reads its files again, while requests go on whose lines are still to come. The pipe's end is the end.
$SIG{TERM} = 'IGNORE';
$| = 1;
binmode STDIN;
binmode STDOUT, ':utf8';
while (my $line = <STDIN>) {
    chomp $line;
    my ($id, $client, $method, $host, $path, $protocol, $status, $bytes, $micros, $handler, $first, $referer, $agent, $answered) = map { plain($_) } split /\t/, $line, -1;
    # A page of Apache's own stands at another path than was asked for.
    my $gateway = $handler =~ /^proxy/ && $answered eq $path;
    $referer =~ s/[?#].*//s;
    my %value = (
        request_id => $id, client => $client, method => $method, host => $host, path => $path, protocol => $protocol, status => $status, bytes => $bytes || 0,
        seconds => sprintf('%.3f', $micros / 1e6), gateway_status => $gateway ? $status : '', gateway_seconds => $gateway && $first ne '' ? sprintf('%.3f', $first / 1e6) : '',
        referer => $referer, agent => $agent,
    );
    print '{"event":"answered request",', join(',', map { qq("$_":) . ($number{$_} ? $value{$_} : quoted($value{$_})) } @names), "}\n";
}
