// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/publish_options.h"

#include "base/text.h"

#include <array>
#include <charconv>
#include <optional>

namespace famfs::server {

namespace {

using std::chrono::milliseconds;

struct Unit {
    std::string_view name;
    milliseconds length;
};
constexpr std::array<Unit, 4> units = {{{"ms", milliseconds(1)},
                                        {"s", std::chrono::seconds(1)},
                                        {"m", std::chrono::minutes(1)},
                                        {"h", std::chrono::hours(1)}}};
constexpr std::string_view after = "after=";
constexpr std::uint64_t most = 4'000'000'000; ///< of a unit

std::optional<milliseconds> parse_time(std::string_view text) {
    std::uint64_t count = 0;
    const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (code != std::errc() || count == 0 || count > most)
        return std::nullopt;
    const std::string_view name(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
    for (const Unit &unit : units)
        if (unit.name == name)
            return unit.length * count;
    return std::nullopt;
}

} // namespace

base::Expected<PublishOptions> parse_publish(std::string_view text) {
    if (text == "close")
        return PublishOptions{};
    if (text == "manual")
        return PublishOptions{.when = PublishOptions::When::manual};
    if (text.starts_with(after))
        if (const auto quiet = parse_time(text.substr(after.size())))
            return PublishOptions{.when = PublishOptions::When::after, .quiet = *quiet};
    return base::fail(EINVAL, "publish as", base::quote(text), "close, manual, or after=2s (ms, s, m, h)");
}

std::string to_string(const PublishOptions &options) {
    switch (options.when) {
    case PublishOptions::When::close:
        return "close";
    case PublishOptions::When::manual:
        return "manual";
    case PublishOptions::When::after:
        break;
    }
    return std::string(after) + std::to_string(options.quiet.count()) + "ms";
}

} // namespace famfs::server
