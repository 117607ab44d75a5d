// SPDX-License-Identifier: GPL-2.0-only
// Which answers of the kernel are asked again.
#include "loader/hash_map.h"

#include <gtest/gtest.h>

namespace famfs::test {
namespace {

TEST(Patience, WaitsForWhatPassesAndNotForEver) {
    for (const int code : {EBUSY, ENOMEM}) {
        loader::Patience patience;
        int tries = 0;
        while (patience.worth_another_try(code))
            ++tries;
        EXPECT_GT(tries, 10);
        EXPECT_LT(tries, 1000);
    }
}

TEST(Patience, TakesNoForAnAnswer) {
    for (const int code : {EEXIST, E2BIG, EINVAL, EPERM}) {
        loader::Patience patience;
        EXPECT_FALSE(patience.worth_another_try(code)) << code;
    }
}

} // namespace
} // namespace famfs::test
