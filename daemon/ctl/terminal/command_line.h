// SPDX-License-Identifier: GPL-2.0-only
// Options of one command, without the library that parses them: its header is dear, and only two sources here
// pay for it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace famfs::ctl {

struct NumberRange {
    std::uint64_t least = 0;
    std::uint64_t most = UINT64_MAX;
};

/// What is declared gets its value when the command line is parsed, and has to live until then. @names:
/// "-s,--size".
class CommandLine {
public:
    explicit CommandLine(CLI::App &app) : app_(app) {}

    void flag(const char *names, bool &value, const char *help);
    void text(const char *names, std::string &value, const char *help);
    /// May be repeated.
    void texts(const char *names, std::vector<std::string> &values, const char *help);
    void number(const char *names, std::optional<std::uint64_t> &value, NumberRange range, const char *help);
    void octal(const char *names, std::optional<std::uint64_t> &value, NumberRange range, const char *help);
    /// In bytes: 512, 64K, 2MiB, 1g.
    void size(const char *names, std::optional<std::uint64_t> &value, const char *help);
    /// All arguments that are no options.
    void positional(std::vector<std::string> &values);

    void require(const char *name);
    void need(const char *name, const char *other);    ///< @name is nothing without @other
    void exclude(const char *name, const char *other); ///< one of the two
    /// Runs after the parsing: "" or what is wrong, in words for a person.
    void check(std::function<std::string()> find_fault);

private:
    CLI::App &app_;
};

} // namespace famfs::ctl
