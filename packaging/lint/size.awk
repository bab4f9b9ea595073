# Room for one screen: functions of at most 70 lines, files of at most 800, lines of at most 100.
# Use: awk -f size.awk $(git ls-files 'server/*.[ch]')
FNR == 1 { if (file != "" && lines > 800) { print file ": " lines " lines; split the file" ; bad = 1 } file = FILENAME; start = 0 }
{ lines = FNR }
length($0) > 100 { print FILENAME ":" FNR ": line of " length($0) " characters"; bad = 1 }
/^[a-z_].*\)[ \t]*$|^[a-z_].*\)[ \t]*\{[ \t]*$/ { head = $0 }
/^\{/ { start = FNR; name = head }
/^\}/ { if (start && FNR - start > 70) { print FILENAME ":" start ": function of " FNR - start " lines: " name; bad = 1 } start = 0 }
END { if (lines > 800) { print file ": " lines " lines; split the file"; bad = 1 } exit bad }
