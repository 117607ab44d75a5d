// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/publish_options.h"

#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using server::parse_publish;
using server::PublishOptions;

TEST(PublishWords, EachWay) {
    EXPECT_EQ(parse_publish("close")->when, PublishOptions::When::close);
    EXPECT_EQ(parse_publish("manual")->when, PublishOptions::When::manual);
    for (const auto &[word, milliseconds] : {std::pair("after=2s", 2000), std::pair("after=500ms", 500),
                                             std::pair("after=5m", 300000), std::pair("after=1h", 3600000)}) {
        const auto parsed = parse_publish(word);
        ASSERT_TRUE(parsed) << word;
        EXPECT_EQ(parsed->when, PublishOptions::When::after);
        EXPECT_EQ(parsed->quiet.count(), milliseconds) << word;
        EXPECT_EQ(parse_publish(to_string(*parsed))->quiet, parsed->quiet)
            << "what status says can be given again";
    }
}

TEST(PublishWords, NothingElse) {
    for (const char *word :
         {"", "Close", "after", "after=", "after=2", "after=s", "after=0s", "after=-2s", "after=2s ",
          "after=2d", "after=99999999999999999999s", "after=4000000001s", "manual=1"})
        EXPECT_FALSE(parse_publish(word)) << word;
}

} // namespace
} // namespace famfs::test
