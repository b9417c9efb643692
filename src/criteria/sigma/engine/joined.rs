//! Correlation rules as the parser gives them, turned into what `correlate` runs, or refused with a reason.

use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType,
    WindowMode,
};

use super::super::attack::Attack;
use super::super::correlate::{Compare, Correlation, Fired, GroupBy, Kind, Test};
use super::super::fault::Spot;
use super::super::rules::Head;
use super::Asks;
use super::parse::{level, word};

pub(super) fn head(rule: &CorrelationRule) -> Head {
    let rule = rule.clone();
    Head {
        id: rule.id.unwrap_or_default(),
        name: rule.name,
        title: rule.title,
        description: rule.description,
        author: rule.author,
        license: rule.license,
        status: rule.status.map(word),
        level: rule.level.map(level),
        date: rule.date,
        modified: rule.modified,
        references: rule.references,
        false_positives: rule.falsepositives,
        attack: Attack::of_tags(&rule.tags),
        log_source: String::new(),
    }
}

/// Returns what a correlation rule asks.
pub(super) fn correlation(text: &str, rule: CorrelationRule) -> Result<Asks, Spot> {
    let fault =
        |field: &str, reason: String| Spot::at_field(text, &format!("correlation.{field}"), reason);
    let kind = kind(rule.correlation_type).map_err(|reason| fault("type", reason))?;
    if rule.window != WindowMode::Sliding {
        return Err(fault("window", "only sliding windows are supported".to_owned()));
    }
    if rule.rules.is_empty() {
        return Err(fault("rules", "names no rule".to_owned()));
    }
    if let Some(twice) = twice(&rule.rules) {
        return Err(fault("rules", format!("names `{twice}` twice")));
    }
    let span = i64::try_from(rule.timespan.seconds)
        .ok()
        .and_then(|seconds| seconds.checked_mul(1_000_000));
    let span = span.ok_or_else(|| fault("timespan", "longer than any log".to_owned()))?;
    let holds = test(kind, &rule.condition).map_err(|reason| fault("condition", reason))?;
    let group_by = rule.group_by.iter().map(|name| {
        let alias = rule.aliases.iter().find(|alias| alias.alias == *name);
        let aliases = alias.map(|alias| alias.mapping.clone().into_iter().collect());
        GroupBy { name: name.clone(), paths: aliases.unwrap_or_default() }
    });
    Ok(Asks::Matches(Box::new(Correlation::new(
        kind,
        holds,
        span,
        group_by.collect(),
        rule.rules,
        rule.generate,
    ))))
}

fn kind(kind: CorrelationType) -> Result<Kind, String> {
    match kind {
        CorrelationType::EventCount => Ok(Kind::EventCount),
        CorrelationType::ValueCount => Ok(Kind::ValueCount),
        CorrelationType::Temporal => Ok(Kind::Temporal),
        CorrelationType::TemporalOrdered => Ok(Kind::TemporalOrdered),
        CorrelationType::ValueSum
        | CorrelationType::ValueAvg
        | CorrelationType::ValuePercentile
        | CorrelationType::ValueMedian => {
            Err(format!("correlations of the type `{}` are not supported", kind.as_str()))
        }
    }
}

fn twice(names: &[String]) -> Option<&String> {
    names
        .iter()
        .enumerate()
        .find(|(at, name)| names.iter().take(*at).any(|one| one == *name))
        .map(|(_, name)| name)
}

fn test(kind: Kind, condition: &CorrelationCondition) -> Result<Test, String> {
    match (kind, condition) {
        (Kind::EventCount | Kind::ValueCount, CorrelationCondition::Extended(_)) => {
            Err("a count needs `gte`, `gt`, `lte`, `lt`, `eq` or `neq`".to_owned())
        }
        (Kind::EventCount, CorrelationCondition::Threshold { predicates, .. }) => {
            Ok(Test::Count { bounds: bounds(predicates), fields: Vec::new() })
        }
        (Kind::ValueCount, CorrelationCondition::Threshold { predicates, field, .. }) => {
            let fields = field.clone().unwrap_or_default();
            if fields.is_empty() {
                return Err("counting values needs a `field`".to_owned());
            }
            Ok(Test::Count { bounds: bounds(predicates), fields })
        }
        (Kind::TemporalOrdered, CorrelationCondition::Extended(_)) => {
            Err("rules in an order take no condition over their names".to_owned())
        }
        (Kind::Temporal, CorrelationCondition::Extended(condition)) => {
            Ok(Test::Fired(fired(condition)?))
        }
        // The parser gives a rule without a condition this one.
        (
            Kind::Temporal | Kind::TemporalOrdered,
            CorrelationCondition::Threshold { predicates, .. },
        ) if predicates.as_slice() == [(ConditionOperator::Gte, 1)] => Ok(Test::Every),
        (Kind::TemporalOrdered, CorrelationCondition::Threshold { .. }) => {
            Err("rules in an order take no count".to_owned())
        }
        (Kind::Temporal, CorrelationCondition::Threshold { predicates, .. }) => {
            Ok(Test::Some(bounds(predicates)))
        }
    }
}

fn bounds(predicates: &[(ConditionOperator, u64)]) -> Vec<(Compare, u64)> {
    let compare = |operator: ConditionOperator| match operator {
        ConditionOperator::Lt => Compare::Less,
        ConditionOperator::Lte => Compare::AtMost,
        ConditionOperator::Gt => Compare::More,
        ConditionOperator::Gte => Compare::AtLeast,
        ConditionOperator::Eq => Compare::Equal,
        ConditionOperator::Neq => Compare::Other,
    };
    predicates.iter().map(|(operator, number)| (compare(*operator), *number)).collect()
}

fn fired(condition: &ConditionExpr) -> Result<Fired, String> {
    let all = |parts: &[ConditionExpr]| parts.iter().map(fired).collect::<Result<Vec<_>, _>>();
    match condition {
        ConditionExpr::And(parts) => Ok(Fired::All(all(parts)?)),
        ConditionExpr::Or(parts) => Ok(Fired::Any(all(parts)?)),
        ConditionExpr::Not(part) => Ok(Fired::Not(Box::new(fired(part)?))),
        ConditionExpr::Identifier(name) => Ok(Fired::Rule(name.clone())),
        ConditionExpr::Selector { .. } => {
            Err("a correlation's condition names rules one by one".to_owned())
        }
    }
}
