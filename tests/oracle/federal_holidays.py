"""Prints the federal legal public holidays of 2000 to 2040 as the Python package
`holidays` has them: date, tab, name. Days of observance say so in their name.

An oracle for tests/it/clocks/oracle.rs. The package of Debian 12 is older than
Juneteenth (2021), which the test adds by its own rule.
"""

import holidays

for day, name in sorted(holidays.US(years=range(2000, 2042)).items()):
    if 2000 <= day.year <= 2040:
        print(f"{day}\t{name}")
