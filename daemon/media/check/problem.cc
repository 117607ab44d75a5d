// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/check/problem.h"

#include <algorithm>
#include <utility>

namespace famfs::media {

namespace {

std::string compose(const Problem &problem, const std::string &advice) {
    std::string text;
    if (problem.entry != Problem::no_entry)
        text = "log entry " + std::to_string(problem.entry) + ", ";
    text += "byte " + std::to_string(problem.offset) + ", " + problem.field + ": found " + problem.found;
    if (!problem.expected.empty())
        text += ", expected " + problem.expected;
    if (!advice.empty())
        text += "; " + advice;
    return text;
}

} // namespace

bool has_errors(const Problems &problems) {
    return std::ranges::any_of(problems, [](const Problem &p) { return p.severity == Severity::error; });
}

void ProblemList::add(Problem problem, const std::string &advice) {
    const bool error = problem.severity == Severity::error;
    errors_ += error;
    if (problems_.size() >= limit) {
        dropped_++;
        dropped_error_ |= error;
        return;
    }
    problem.message = compose(problem, advice);
    problems_.push_back(std::move(problem));
}

Problems ProblemList::take() {
    if (dropped_ != 0) {
        Problem rest;
        rest.code = "more-problems";
        rest.severity = dropped_error_ ? Severity::error : Severity::warning;
        rest.field = "log";
        rest.found = std::to_string(dropped_) + " more problems";
        rest.message = rest.found + " after the first " + std::to_string(limit) + ", of the same kinds";
        problems_.push_back(std::move(rest));
    }
    return std::move(problems_);
}

} // namespace famfs::media
