// SPDX-License-Identifier: GPL-2.0-only
// Changes to a log entry that keep most of it right.
#pragma once

#include "daemon/media/format/layout.h"

#include <random>

namespace famfs::test {

using Random = std::minstd_rand;

/// A number at which a rule may turn.
std::uint64_t any_value(Random &random);
/// Path, extent, type or any word. @other: of the same log, or the same.
void change_entry(media::LogEntry &entry, const media::LogEntry &other, Random &random);

template <class Container>
auto &pick(Container &&container, Random &random) {
    return container[random() % container.size()];
}

} // namespace famfs::test
