// SPDX-License-Identifier: GPL-2.0-only
// What users can cause as often as they like is said once, and again after a while.
#include "daemon/server/files/warnings.h"

#include <gtest/gtest.h>
#include <memory>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

namespace famfs::test {
namespace {

using server::Warnings;

class SaidWarnings : public testing::Test {
protected:
    SaidWarnings() { spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink)); }
    ~SaidWarnings() override { spdlog::set_default_logger(before); }
    [[nodiscard]] std::size_t said() const { return sink->last_raw().size(); }

    static constexpr std::size_t room = 10000;
    std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
    std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink =
        std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(room);
};

TEST_F(SaidWarnings, OnceWithinTheSilence) {
    Warnings warnings(std::chrono::hours(1));
    warnings.say("kind", "first");
    warnings.say("kind", "second");
    warnings.say("other kind", "third");
    EXPECT_EQ(said(), 2U);
}

TEST_F(SaidWarnings, AgainAfterIt) {
    Warnings warnings(std::chrono::seconds(0));
    warnings.say("kind", "first");
    warnings.say("kind", "second");
    EXPECT_EQ(said(), 2U);
}

TEST_F(SaidWarnings, ManyKindsSilenceNoOther) {
    Warnings warnings(std::chrono::hours(1));
    for (int i = 0; i < 5000; i++)
        warnings.say("odd " + std::to_string(i), "said");
    warnings.say("what matters", "said");
    EXPECT_EQ(said(), 5001U);
}

} // namespace
} // namespace famfs::test
