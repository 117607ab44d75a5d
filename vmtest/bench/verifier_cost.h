// SPDX-License-Identifier: GPL-2.0-only
// What the verifier had to do for each program of the loader, and what the program became.
#pragma once

namespace famfs::vmtest {

/// A line of JSON a program, on standard output.
void print_verifier_costs();

} // namespace famfs::vmtest
