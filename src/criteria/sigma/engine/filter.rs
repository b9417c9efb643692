//! Sigma filters: rules that narrow others without changing their files. Owns how a filter's condition joins a rule's.

use std::collections::HashMap;

use rsigma_parser::{
    ConditionExpr, Detection, Detections, FilterRule, FilterRuleTarget, LogSource, SelectorPattern,
};

use super::Detector;

/// A filter, and the rules it is for.
#[derive(Debug)]
pub(in super::super) struct Filter {
    target: FilterRuleTarget,
    log_source: Option<LogSource>,
    detection: Detections,
}

impl Filter {
    pub(super) fn new(rule: FilterRule) -> Self {
        Self { target: rule.rules, log_source: rule.logsource, detection: rule.detection }
    }

    /// Returns true when the filter is for a rule.
    pub(in super::super) fn concerns(&self, id: &str, name: Option<&str>, rule: &Detector) -> bool {
        let is_named = match &self.target {
            FilterRuleTarget::Any => true,
            FilterRuleTarget::Specific(names) => {
                names.iter().any(|wanted| wanted == id || Some(wanted.as_str()) == name)
            }
        };
        let own = &rule.source.logsource;
        let is_same = |asked: &Option<String>, has: &Option<String>| match (asked, has) {
            (None, _) => true,
            (Some(asked), Some(has)) => asked.eq_ignore_ascii_case(has),
            (Some(_), None) => false,
        };
        is_named
            && self.log_source.as_ref().is_none_or(|asked| {
                is_same(&asked.product, &own.product)
                    && is_same(&asked.service, &own.service)
                    && is_same(&asked.category, &own.category)
            })
    }
}

impl Detector {
    /// Adds the condition of a filter to those of the rule: both have to hold. `number` keeps names of filters apart.
    pub(in super::super) fn narrow(
        &mut self,
        filter: &Filter,
        number: usize,
    ) -> Result<(), String> {
        // Names that begin with `_` are left out of `of them`.
        let prefix = format!("_filter_{number}_");
        let mut source = self.source.clone();
        let own = filter.detection.named.iter();
        let renamed: HashMap<String, Detection> =
            own.map(|(name, part)| (format!("{prefix}{name}"), part.clone())).collect();
        source.detection.named.extend(renamed);
        let narrower: Vec<ConditionExpr> =
            filter.detection.conditions.iter().map(|one| with_prefix(one, &prefix)).collect();
        let narrower = ConditionExpr::Or(narrower);
        for condition in &mut source.detection.conditions {
            *condition = ConditionExpr::And(vec![condition.clone(), narrower.clone()]);
        }
        *self = Self::new(source)?;
        Ok(())
    }
}

fn with_prefix(condition: &ConditionExpr, prefix: &str) -> ConditionExpr {
    let all =
        |parts: &[ConditionExpr]| parts.iter().map(|part| with_prefix(part, prefix)).collect();
    match condition {
        ConditionExpr::And(parts) => ConditionExpr::And(all(parts)),
        ConditionExpr::Or(parts) => ConditionExpr::Or(all(parts)),
        ConditionExpr::Not(part) => ConditionExpr::Not(Box::new(with_prefix(part, prefix))),
        ConditionExpr::Identifier(name) => ConditionExpr::Identifier(format!("{prefix}{name}")),
        ConditionExpr::Selector { quantifier, pattern } => ConditionExpr::Selector {
            quantifier: quantifier.clone(),
            pattern: SelectorPattern::Pattern(match pattern {
                SelectorPattern::Them => format!("{prefix}*"),
                SelectorPattern::Pattern(pattern) => format!("{prefix}{pattern}"),
            }),
        },
    }
}
