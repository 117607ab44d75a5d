// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/terminal/command_line.h"

#include "base/size_text.h"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>

namespace famfs::ctl {

namespace {

constexpr int decimal_base = 10;
constexpr int octal_base = 8;

std::string to_text(std::uint64_t value, int base) {
    std::array<char, 24> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, base).ptr};
}

std::string describe(NumberRange range, int base) {
    return (base == octal_base ? "an octal number from " : "a number from ") + to_text(range.least, base) +
           (range.most == UINT64_MAX ? " up" : " to " + to_text(range.most, base));
}

/// The last of "-s,--size".
std::string long_name(std::string_view names) {
    return std::string(names.substr(names.rfind(',') + 1));
}

/// @parse: nothing if the text is not @expected.
template <class Parse>
CLI::Option *add_parsed(CLI::App &app, const char *names, std::optional<std::uint64_t> &value,
                        const std::string &expected, const char *help, Parse parse) {
    const auto set = [&value, expected, parse, name = long_name(names)](const std::string &text) {
        value = parse(text);
        if (!value)
            throw CLI::ValidationError(name, "'" + text + "' is not " + expected);
    };
    return app.add_option_function<std::string>(names, set, help);
}

void add_number(CLI::App &app, const char *names, std::optional<std::uint64_t> &value, NumberRange range,
                int base, const char *help) {
    const auto parse = [range, base](const std::string &text) -> std::optional<std::uint64_t> {
        std::uint64_t number = 0;
        const char *last = text.data() + text.size();
        const auto [end, code] = std::from_chars(text.data(), last, number, base);
        if (code != std::errc() || end != last || number < range.least || number > range.most)
            return {};
        return number;
    };
    add_parsed(app, names, value, describe(range, base), help, parse)
        ->type_name(base == octal_base ? "MODE" : "NUMBER");
}

} // namespace

void CommandLine::flag(const char *names, bool &value, const char *help) {
    app_.add_flag(names, value, help);
}

void CommandLine::text(const char *names, std::string &value, const char *help) {
    app_.add_option(names, value, help);
}

void CommandLine::texts(const char *names, std::vector<std::string> &values, const char *help) {
    app_.add_option(names, values, help)->allow_extra_args(false);
}

void CommandLine::number(const char *names, std::optional<std::uint64_t> &value, NumberRange range,
                         const char *help) {
    add_number(app_, names, value, range, decimal_base, help);
}

void CommandLine::octal(const char *names, std::optional<std::uint64_t> &value, NumberRange range,
                        const char *help) {
    add_number(app_, names, value, range, octal_base, help);
}

void CommandLine::size(const char *names, std::optional<std::uint64_t> &value, const char *help) {
    add_parsed(app_, names, value, "a size such as 4096, 64K, 2MiB or 1G", help, base::parse_size)
        ->type_name("SIZE");
}

void CommandLine::positional(std::vector<std::string> &values) {
    app_.add_option("arguments", values)->group("");
}

void CommandLine::require(const char *name) {
    app_.get_option(name)->required();
}

void CommandLine::need(const char *name, const char *other) {
    app_.get_option(name)->needs(other);
}

void CommandLine::exclude(const char *name, const char *other) {
    app_.get_option(name)->excludes(app_.get_option(other));
}

void CommandLine::check(std::function<std::string()> find_fault) {
    app_.parse_complete_callback([find_fault = std::move(find_fault)] {
        if (const std::string fault = find_fault(); !fault.empty())
            throw CLI::ValidationError(fault);
    });
}

} // namespace famfs::ctl
