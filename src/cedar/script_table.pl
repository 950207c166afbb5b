#!/usr/bin/perl
# Writes script_table.c from the Unicode data that perl carries: perl script_table.pl >script_table.c
use strict;
use warnings;
use Unicode::UCD qw(prop_invmap prop_invlist);

my ($starts, $extensions) = prop_invmap("Script_Extensions");
# UTS 39, 5.1: scripts that are written together count as one more.
my %more = (Han => [qw(Hanb Jpan Kore)], Hiragana => ["Jpan"], Katakana => ["Jpan"], Hangul => ["Kore"], Bopomofo => ["Hanb"]);
my @lists = map { ref $_ ? [@$_] : [$_] } @$extensions;
my (%number, %set, @sets, @packed);
$number{$_} = 0 for map { $_, @{$more{$_} // []} } map { @$_ } @lists;
my $count = 0;
$number{$_} = $count++ for sort keys %number;
die "too many scripts" if $count > 192;
sub words {
	my @scripts = @_;
	return ("0") x 3 if "@scripts" eq "Unknown";
	return ("~0ull") x 3 if grep { $_ eq "Common" || $_ eq "Inherited" } @scripts;
	my @words = (0, 0, 0);
	$words[$number{$_} >> 6] |= 1 << ($number{$_} & 63) for map { $_, @{$more{$_} // []} } @scripts;
	return map { $_ ? sprintf "0x%xull", $_ : "0" } @words;
}
for my $i (0 .. $#lists) {
	my $words = join ", ", words(@{$lists[$i]});
	if (!exists $set{$words}) { $set{$words} = @sets; push @sets, $words }
	push @packed, $starts->[$i] << 8 | $set{$words} unless @packed && ($packed[-1] & 255) == $set{$words};
}
die "too many sets" if @sets > 256;
sub lines {
	my ($line, $out) = ("", "");
	for (@_) {
		if (length("$line $_,") > 110) { $out .= "\t$line\n"; $line = "" }
		$line .= $line eq "" ? "$_," : " $_,";
	}
	return "$out\t$line\n";
}
print "/* Scripts and identifier profile of Unicode " . Unicode::UCD::UnicodeVersion() . "; made by script_table.pl. */\n";
print "#include \"cedar/script.h\"\n\n";
print "const struct script_set script_sets[] = {\n" . lines(map { "{{$_}}" } @sets) . "};\n\n";
print "const uint32_t script_starts[] = {\n" . lines(map { sprintf "0x%x", $_ } @packed) . "};\n";
print "const size_t script_start_count = sizeof(script_starts) / sizeof(script_starts[0]);\n\n";
my @allowed = prop_invlist("Identifier_Status=Allowed");
# Joiners that cannot be seen; Unicode 15.1 took them out of the profile.
for (my $i = 0; $i < @allowed; $i += 2) {
	splice @allowed, $i, 2 if $allowed[$i] == 0x200c && $allowed[$i + 1] == 0x200e;
}
print "const uint32_t identifier_edges[] = {\n" . lines(map { sprintf "0x%x", $_ } @allowed) . "};\n";
print "const size_t identifier_edge_count = sizeof(identifier_edges) / sizeof(identifier_edges[0]);\n";
